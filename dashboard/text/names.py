"""What runners are called on the pages: short enough for a lane's label, and never two the same;
and how a run is called beside its link."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from scheduler.db.answers import Answers
from scheduler.fleet.known_runners import runner_addresses
from scheduler.models import Service
from scheduler.words.characters import distinct, look, shows_something, visible

Address = tuple[str, int | None]

# An id up to this long is its own name; a lane's label has room for 24 characters (figure.py).
LONGEST = 16
# Eight hexadecimal digits tell most random ids apart; where they don't, _parts shows more.
SHORT = 8
# A beginning that is longer than this says less than an end that tells the same runner apart.
LONGEST_BEGINNING = 12
# Where no word of the id begins near its end: a single character would say too little.
LEAST_END = 4
ELLIPSIS = "…"
_SEPARATORS = frozenset("-_.:/@# ")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F-]+")


def short_names(
    runner_ids: Iterable[str], addresses: Mapping[str, Address] | None = None
) -> dict[str, str]:
    """A name for each runner id, all different: ``host:pid`` where known, the id itself where it is
    short, else its first eight characters.

    Where several would be called the same, each shows as much of its id as tells it apart: its
    beginning (``host:1 first-ru``), or its end (``worker:1 …-2``) or its middle (``…-b-…``) where
    that is shorter.
    """
    known = addresses or {}
    ids = list(dict.fromkeys(runner_ids))
    names = {runner_id: _name(runner_id, known.get(runner_id)) for runner_id in ids}
    for name, alike in _alike(names).items():
        for runner_id, part in _parts(alike).items():
            # A name that is the id's beginning gives way to the part; an address stays before it.
            has_address = not runner_id.startswith(name)
            names[runner_id] = f"{name} {part}" if has_address else part
    # An id may be written like another runner's host and process, or like its name: whoever still
    # has the name of another is called by the whole id, of which there are no two.
    while groups := _alike(names):
        names |= {runner_id: runner_id for group in groups.values() for runner_id in group}
    return _told_apart(names)


def runner_names(service: Service, runner_ids: Iterable[str]) -> dict[str, str]:
    """A name for each of these runners of a service, by the addresses that are known of them."""
    ids = list(runner_ids)
    return short_names(ids, runner_addresses(service, ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetNames:
    """What runners are called, and where those are that told it, by runner id."""

    names: Mapping[str, str]
    addresses: Mapping[str, Address]


# Runners of all services together.
NAMES_KEPT = 50_000
_NAMES: Answers[Mapping[str, str]] = Answers(NAMES_KEPT, weigh=len)


def fleet_names(service: Service, runner_ids: tuple[str, ...]) -> FleetNames:
    """`runner_names` of a fleet, made anew only when somebody comes, goes or moves."""
    addresses = runner_addresses(service, runner_ids)
    names = _NAMES.get(
        (runner_ids, tuple(addresses.items())), lambda: short_names(runner_ids, addresses)
    )
    return FleetNames(names=names, addresses=addresses)


def short_run(run_id: str) -> str:
    """A run id as a link's text: the first eight characters of a random one, the whole of a short
    one, else its beginning and its end, where most ids that are made up differ."""
    # Random ids differ from their first digit on; those that are made up (`nightly-2026-03-14-1`)
    # begin alike.
    if _HEXADECIMAL.fullmatch(run_id):
        return run_id[:SHORT]
    if len(run_id) <= LONGEST:
        return visible(run_id)
    return visible(f"{run_id[: SHORT - 1]}{ELLIPSIS}{run_id[-SHORT:]}")


def _name(runner_id: str, address: Address | None) -> str:
    # Some fleets tell no host: a process number alone says nothing.
    if address is not None and address[0]:
        host, pid = address
        return host if pid is None else f"{host}:{pid}"
    return runner_id if len(runner_id) <= LONGEST else runner_id[:SHORT]


def _alike(names: Mapping[str, str]) -> dict[str, list[str]]:
    """The ids of those that are called the same, by their name."""
    groups: dict[str, list[str]] = defaultdict(list)
    seen = Counter(names.values())
    for runner_id, name in names.items():
        if seen[name] > 1:
            groups[name].append(runner_id)
    return groups


def _told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """The names with what can't be seen written out; in full where some would look the same, or
    like nothing."""
    looks = {look(name) for name in names.values() if shows_something(name)}
    # `distinct` writes out joiners as well, which some scripts need: only where it has to be.
    write = visible if len(looks) == len(names) else distinct
    return {runner_id: write(name) for runner_id, name in names.items()}


def _parts(ids: Sequence[str]) -> dict[str, str]:
    """The part of each id that tells it from the others."""
    beginnings = _telling_lengths(ids)
    ends = _telling_lengths([each[::-1] for each in ids])
    before, after = _shared(ids)
    return {
        each: _part(
            each,
            max(SHORT, beginning),
            _end_length(each, end),
            each[before : len(each) - after],
        )
        for each, beginning, end in zip(ids, beginnings, ends, strict=True)
    }


def _part(runner_id: str, beginning: int, end: int, middle: str) -> str:
    if len(runner_id) <= SHORT or beginning <= min(LONGEST_BEGINNING, len(runner_id) - 1):
        return runner_id[:beginning]
    shortest = min(f"{ELLIPSIS}{runner_id[-end:]}", runner_id[:beginning], key=len)
    # A middle alone says little, and is shown where the ends are the same for long.
    if len(shortest) > LONGEST_BEGINNING:
        shortest = min(shortest, f"{ELLIPSIS}{middle}{ELLIPSIS}", key=len)
    return shortest if len(shortest) < len(runner_id) else runner_id


def _telling_lengths(texts: Sequence[str]) -> list[int]:
    """How many first characters tell each text from all others; one more than it has where it is
    the beginning of another."""
    order = sorted(range(len(texts)), key=lambda index: texts[index])
    lengths = [1] * len(texts)
    # In order, each stands beside the one it has most in common with: ten thousand containers of
    # one image are named within a second.
    for one, other in pairwise(order):
        telling = _in_common(texts[one], texts[other]) + 1
        lengths[one] = max(lengths[one], telling)
        lengths[other] = max(lengths[other], telling)
    return lengths


def _in_common(one: str, other: str) -> int:
    """With how many characters both begin."""
    return sum(1 for _ in takewhile(lambda each: each[0] == each[1], zip(one, other, strict=False)))


def _end_length(runner_id: str, telling: int) -> int:
    """So many last characters, and back to where a word of the id begins, if that is near."""
    for length in range(telling, min(telling + SHORT, len(runner_id)) + 1):
        if runner_id[-length] in _SEPARATORS:
            return length
    return max(telling, LEAST_END)


def _shared(ids: Sequence[str]) -> tuple[int, int]:
    """How many first and last characters all ids have in common, so that of each some is left."""
    shortest = min(map(len, ids))
    # All share what the two have that are the furthest apart in order.
    before = min(_in_common(min(ids), max(ids)), shortest - 1)
    backwards = [each[::-1] for each in ids]
    after = _in_common(min(backwards), max(backwards))
    return before, max(0, min(after, shortest - before - 1))
