"""What runners are called."""

from dashboard.names import short_names

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


def test_two_runners_of_one_process_are_told_apart() -> None:
    addresses = {"first-runner": ("host", 1), "other-runner": ("host", 1)}

    names = short_names(addresses, addresses)

    assert names == {"first-runner": "host:1 first-ru", "other-runner": "host:1 other-ru"}
