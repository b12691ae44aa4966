"""What runners are called."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.text.names import Address, short_names, short_run
from scheduler.words.characters import look, shows_something, visible

LONG = "8ca59966-0c5b-4f7e-9e9c-1a6d9e1f0001"
ALIKE = "8ca59966-ffff-4f7e-9e9c-1a6d9e1f0002"


def test_host_and_process_are_the_name_where_they_are_known() -> None:
    assert short_names([LONG], {LONG: ("host-3", 812)}) == {LONG: "host-3:812"}


def test_a_host_alone_is_enough() -> None:
    assert short_names([LONG], {LONG: ("host-3", None)}) == {LONG: "host-3"}


def test_a_long_id_is_cut() -> None:
    assert short_names([LONG]) == {LONG: "8ca59966"}


def test_a_short_id_is_kept() -> None:
    assert short_names(["worker-1"]) == {"worker-1": "worker-1"}


def test_ids_that_begin_alike_are_told_apart() -> None:
    assert short_names([LONG, ALIKE]) == {LONG: "8ca59966-0", ALIKE: "8ca59966-f"}


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        # They differ in their beginnings,
        (["first-runner", "other-runner"], ["host:1 first-ru", "host:1 other-ru"]),
        # in their ends,
        (["invoice-runner-1", "invoice-runner-2"], ["host:1 …-1", "host:1 …-2"]),
        (["invoice-runner-1", "invoice-runner-11"], ["host:1 …-1", "host:1 …-11"]),
        # in random ends without a word to begin with,
        (
            ["invoice-runner-5f0a91c24d77", "invoice-runner-5f0a91c24d78"],
            ["host:1 …4d77", "host:1 …4d78"],
        ),
        # in their middles,
        (
            ["invoice-runner-a-of-the-main-cluster", "invoice-runner-b-of-the-main-cluster"],
            ["host:1 …a…", "host:1 …b…"],
        ),
        # one is the beginning of the other,
        (["invoice-runner", "invoice-runner-2"], ["host:1 …-runner", "host:1 …-2"]),
        # short ones are shown whole.
        (["a", "ab"], ["host:1 a", "host:1 ab"]),
    ],
)
def test_runners_of_one_host_and_process_are_told_apart_by_what_differs(
    ids: list[str], expected: list[str]
) -> None:
    addresses: dict[str, Address] = dict.fromkeys(ids, ("host", 1))

    assert list(short_names(ids, addresses).values()) == expected


def test_an_id_written_like_the_address_of_another_is_told_apart() -> None:
    names = short_names(["host:1", "somebody-else"], {"somebody-else": ("host", 1)})

    assert names == {"host:1": "host:1", "somebody-else": "host:1 somebody"}


IDS = st.text("ab-1…", min_size=1, max_size=24)


@given(
    st.dictionaries(IDS, st.tuples(st.sampled_from(["", "a", "ab-1"]), st.none() | st.just(1))),
    st.text("ab-1", max_size=20),
    st.text("ab-1", max_size=20),
)
def test_no_two_runners_are_called_the_same(
    fleet: dict[str, Address], before: str, after: str
) -> None:
    addresses = {f"{before}{each}{after}": address for each, address in fleet.items()}

    names = short_names(addresses, addresses)

    assert len(set(names.values())) == len(names) == len(addresses)
    assert all(names.values())


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["a\u200b", "a⟨U+200B⟩"], ["a⟨U+200B⟩", "a⟨⟨U+200B⟩"]),
        (["a\u200b", "a⟨U+200B⟩", "a⟨⟨U+200B⟩"], ["a⟨U+200B⟩", "a⟨⟨U+200B⟩", "a⟨⟨⟨⟨U+200B⟩"]),
        (["a", " a", "a "], ["a", "⟨U+0020⟩a", "a⟨U+0020⟩"]),
        (["a b", "a  b", "a\u00a0b"], ["a b", "a ⟨U+0020⟩b", "a⟨U+00A0⟩b"]),
        (["工", "工\u200d"], ["工", "工⟨U+200D⟩"]),
        (["r\u00e9-1", "re\u0301-1"], ["r\u00e9-1", "re⟨U+0301⟩-1"]),
        (["\u00e5", "a\u030a", "\u212b"], ["\u00e5", "a⟨U+030A⟩", "⟨U+212B⟩"]),
        (["\u0301", "\u0323"], ["⟨U+0301⟩", "⟨U+0323⟩"]),
        # Nobody is called otherwise for a blank or a joiner that tells nobody apart.
        (["⟨U+200B⟩", "my host of 2026-11-30", "❤\ufe0f"], ["⟨U+200B⟩", "my host ", "❤\ufe0f"]),
    ],
)
def test_ids_that_would_look_the_same_are_told_apart(ids: list[str], expected: list[str]) -> None:
    assert list(short_names(ids).values()) == expected


COMPOSED = "\u00e5\u030a\u0323\u212b\uac00\u1100\u1161"
UNSEEN = st.text(f"a ⟨U+20\u200b\u200d\u00a0\n⟩{COMPOSED}", min_size=1, max_size=12)


@given(st.lists(UNSEEN | UNSEEN.map(visible), unique=True))
def test_no_two_runners_look_the_same(ids: list[str]) -> None:
    names = short_names(ids)

    assert len({look(name) for name in names.values()}) == len(ids)
    assert all(map(shows_something, names.values()))


def test_ten_thousand_containers_alike_are_named_within_a_second() -> None:
    ids = [f"{'invoice-runner-' * 4}{number}-of-the-main-cluster" for number in range(10_000)]
    began = process_time()

    names = short_names(ids, dict.fromkeys(ids, ("worker", 1)))

    assert process_time() - began < 1
    assert len(set(names.values())) == 10_000
    assert max(map(len, names.values())) <= len("worker:1 …9999…")


@pytest.mark.parametrize(
    ("run_id", "expected"),
    [
        ("run-00000001", "run-00000001"),
        (LONG, "8ca59966"),
        ("invoice-2026-11-30-000123", "invoice…0-000123"),
    ],
)
def test_a_run_is_called_by_what_is_its_own(run_id: str, expected: str) -> None:
    assert short_run(run_id) == expected
