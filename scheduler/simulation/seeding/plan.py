"""What is laid where: how executions and runners are shared among services, and which chapters
follow each other in each.

A service's history is one generation of runners after the other, as after a deployment: its
opening, then chapters until it had its share. Exactly so many executions are reached by cutting the
last chapter off.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from scheduler.errors import Invalid
from scheduler.models import ServiceMode
from scheduler.simulation.seeding.chapters import Chapter, Library
from scheduler.simulation.seeding.stories import GENERATION, Kind

HOT = Kind(mode=ServiceMode.COORDINATED, interval_minutes=1.0)
COORDINATED = Kind(mode=ServiceMode.COORDINATED, interval_minutes=5.0)
OBSERVED = Kind(mode=ServiceMode.OBSERVED, interval_minutes=5.0)
# Of several services the first one has this part of all executions and runners.
HOT_SHARE = 0.25
# Every so many-th service is an observed one.
OBSERVED_EVERY = 4
# About this part of the runners comes once and is never seen again.
GUEST_SHARE = 0.1
# Of so many executions one is a run of hours, in generations that have enough to tell of it.
_HOURS_EVERY = 40_000
_HOURS_FROM = 4_000
# There is one run of a day where a generation has so many executions: it takes a few thousand.
_DAY_FROM = 40_000


class ImpossibleOrder(Invalid):
    """It can't be shared out or dated like that; says what can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one service gets."""

    kind: Kind
    executions: int
    runners: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """A chapter, where it begins after the start of the history, and who plays it.

    The cast is the service's runners by number, in the order of roles. `executions` of it are kept:
    all of them, except in the last one.
    """

    chapter: Chapter
    begins_at: timedelta
    cast: tuple[int, ...]
    executions: int
    closes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Generation:
    """One crew, the guests of its time, and how many executions there are when it ends."""

    crew: tuple[int, ...]
    guests: range
    due: int
    hours: int
    has_day: bool
    is_last: bool


def shares(*, executions: int, runners: int, services: int) -> list[Share]:
    """What each service gets: the first a quarter, the others the same each.

    Raises:
        ImpossibleOrder: there is no service, or not one generation of runners for each.
    """
    if services < 1:
        raise ImpossibleOrder("It takes one service at least.")
    if runners < len(GENERATION) * services:
        raise ImpossibleOrder(
            f"{services} services need at least {len(GENERATION) * services} runners, "
            f"{len(GENERATION)} each."
        )
    return [
        Share(kind=_kind(number), executions=some, runners=len(GENERATION) + others)
        for number, (some, others) in enumerate(
            zip(
                _divided(executions, services),
                _divided(runners - len(GENERATION) * services, services),
                strict=True,
            )
        )
    ]


def _kind(number: int) -> Kind:
    if number == 0:
        return HOT
    return OBSERVED if number % OBSERVED_EVERY == OBSERVED_EVERY - 1 else COORDINATED


def _divided(total: int, parts: int) -> list[int]:
    # Of few services an even share is more than a quarter.
    first = total if parts == 1 else max(round(total * HOT_SHARE), -(-total // parts))
    rest = total - first
    others = parts - 1
    # Differences of rounded sums, so that the parts make up the rest exactly.
    return [first, *(rest * (n + 1) // others - rest * n // others for n in range(others))]


def lay(share: Share, library: Library, *, random: Random) -> list[Placing]:
    """The chapters of a service, in order.

    Raises:
        ImpossibleOrder: not every runner would come to have any.
    """
    placings: list[Placing] = []
    executions, until = 0, timedelta()
    for generation in _generations(share, library):
        guests = iter(generation.guests)
        chapters = list(
            _chapters(generation, library, executions=generation.due - executions, random=random)
        )
        for place, chapter in enumerate(chapters):
            is_visit = chapter is library.visit
            placing = Placing(
                chapter=chapter,
                begins_at=until,
                cast=(*generation.crew, next(guests)) if is_visit else generation.crew,
                executions=min(len(chapter.attempts), share.executions - executions),
                closes=place == len(chapters) - 1,
            )
            placings.append(placing)
            executions, until = executions + placing.executions, until + chapter.length
    return placings


def _generations(share: Share, library: Library) -> list[_Generation]:
    size = len(GENERATION)
    number = max((share.runners - round(share.runners * GUEST_SHARE)) // size, 1)
    crews = number * size
    guests = share.runners - crews
    _require_enough(share, library, generations=number, guests=guests)
    each_has = share.executions // number
    has_day = each_has >= _DAY_FROM
    hours = share.executions / _HOURS_EVERY if each_has >= _HOURS_FROM else 0.0
    return [
        _Generation(
            crew=tuple(range(each * size, (each + 1) * size)),
            guests=range(crews + guests * each // number, crews + guests * (each + 1) // number),
            due=share.executions * (each + 1) // number,
            hours=round(hours * (each + 1) / number) - round(hours * each / number),
            has_day=has_day and each == number // 2,
            is_last=each == number - 1,
        )
        for each in range(number)
    ]


def _require_enough(share: Share, library: Library, *, generations: int, guests: int) -> None:
    least = generations * (len(library.opening.attempts) + len(library.calm.attempts))
    least += (guests + generations) * len(library.visit.attempts)
    if share.executions < least:
        raise ImpossibleOrder(
            f"{share.executions:,} executions are too few for the {share.runners:,} runners of one "
            f"service: it needs at least {least:,}, about {-(-least // share.runners)} for each."
        )


def _chapters(
    generation: _Generation, library: Library, *, executions: int, random: Random
) -> Iterator[Chapter]:
    """Those of one generation, with up to so many executions; the last one has more."""
    yield library.opening
    left = executions - len(library.opening.attempts)
    owed = [library.visit] * len(generation.guests)
    # Played only where they are asked for.
    owed += [library.hours for _ in range(generation.hours)]
    owed += [library.day] if generation.has_day else []
    random.shuffle(owed)
    # Spread evenly: the next one is due when so many are left for each.
    spacing = left // (len(owed) + 1)
    while left > 0:
        free = left - sum(len(chapter.attempts) for chapter in owed)
        chapter = _ordinary(library, random, at_most=free)
        if owed and (left <= len(owed) * spacing or len(chapter.attempts) > free):
            chapter = owed.pop()
        elif len(chapter.attempts) > free and not generation.is_last:
            # The next generation gets what is left.
            return
        yield chapter
        left -= len(chapter.attempts)


def _ordinary(library: Library, random: Random, *, at_most: int) -> Chapter:
    ordinary = library.ordinary[random.randrange(len(library.ordinary))]
    return ordinary if len(ordinary.attempts) <= at_most else library.calm
