"""What a fleet grows by (runners, executions, services, open tabs), and what is asked then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING

from bench.live import HTMX, version_token
from bench.server import Answer, Visitor

if TYPE_CHECKING:  # the models can be imported only once Django is set up
    from scheduler.models import Service

RUNNERS = (10, 100, 1_000, 10_000)
EXECUTIONS = (10_000, 100_000, 1_000_000, 10_000_000)
SERVICES = (1, 5, 20, 100, 500)
TABS = (1, 10, 50, 200)
SLUG = "grown-{}"
FIRST = f"/s/{SLUG.format(0)}/"
PAGES = {
    "live": FIRST,
    "history": f"{FIRST}history/?to=now",
    "totals and chart": f"{FIRST}history/summary/?to=now",
    "blocked": f"{FIRST}blocked/?to=now",
    "runners": f"{FIRST}runners/",
    "services": "/",
}

type Asks = Mapping[str, Callable[[], float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One kind of size: `grow` fills the database from one size to the next, and each of what is
    asked answers with the seconds that it took. ``rate``: what there are so many of a second."""

    name: str
    sizes: tuple[int, ...]
    begin: Callable[[], None]
    grow: Callable[[int, int], None]
    asks: Callable[[Visitor, int], Asks]
    rate: str = ""


def axes(runners: int, executions: int, services: int) -> tuple[Axis, ...]:
    """All of them, each up to so many. The one that takes the longest to fill is the last."""
    return (
        Axis(
            name="runners",
            sizes=_up_to(runners, RUNNERS),
            begin=partial(begin, runners=RUNNERS[0], executions=1_000),
            grow=add_runners,
            asks=pages,
        ),
        Axis(
            name="services",
            sizes=_up_to(services, SERVICES),
            begin=lambda: None,
            grow=add_services,
            asks=pages,
        ),
        Axis(
            name="tabs",
            sizes=TABS,
            begin=partial(begin, runners=10, executions=1_000),
            grow=lambda before, size: None,
            asks=polls,
            rate="polls",
        ),
        Axis(
            name="executions",
            sizes=_up_to(executions, EXECUTIONS),
            begin=partial(begin, runners=100, executions=0),
            grow=add_executions,
            asks=pages,
        ),
    )


def _up_to(at_most: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    # Growth takes two.
    return tuple(size for size in sizes if size <= max(at_most, sizes[1]))


# ── What is asked ─────────────────────────────────────────────────────────────────────────────
def pages(visitor: Visitor, size: int) -> Asks:
    return {name: partial(visitor.seconds, path) for name, path in PAGES.items()}


def polls(visitor: Visitor, size: int) -> Asks:
    """A poll of each tab, one after the other, that finds nothing new."""
    tabs = [Visitor(visitor.port, visitor.cookie) for _ in range(size)]
    known = version_token(visitor.get(FIRST, **HTMX).body)

    def once() -> float:
        nonlocal known
        seconds = 0.0
        for tab in tabs:
            # A slot may end in between: that poll is answered in full, and asked again.
            while (answer := _poll(tab, f"{FIRST}?known={known}")).status != 204:
                known = version_token(answer.body)
            seconds += answer.seconds
        return seconds

    return {"unchanged polls": once}


def _poll(tab: Visitor, path: str) -> Answer:
    try:
        return tab.get(path, **HTMX)
    except ConnectionError:  # on a slow machine a round is long enough for the server to hang up
        tab.connect()
        return tab.get(path, **HTMX)


# ── What there is ─────────────────────────────────────────────────────────────────────────────
def begin(*, runners: int, executions: int) -> None:
    """One service."""
    add_service(0)
    add_runners(0, runners)
    if executions:
        add_executions(0, executions)


def add_services(before: int, number: int) -> None:
    for place in range(before, number):
        service = add_service(place)
        add_runners(0, 3, service)
        add_executions(0, 20, service)


def add_service(place: int) -> "Service":
    from scheduler.core.policy import SchedulingPolicy
    from scheduler.db import clock
    from scheduler.services import create_service

    # Of 10,000 runners each has a window; a cycle of hours seldom changes between two polls.
    policy = SchedulingPolicy(
        service_interval_minutes=200.0, spread_margin_minutes=0.001, dead_after_seconds=86_400.0
    )
    since = clock.now() - timedelta(days=4_000)
    return create_service(SLUG.format(place), policy=policy, effective_from=since)


def add_runners(before: int, number: int, service: "Service | None" = None) -> None:
    from scheduler.door import ITEMS_AT_MOST
    from scheduler.intake.heartbeats import Beat, beat
    from scheduler.services import get_service

    service = service or get_service(SLUG.format(0))
    for some in batched(range(before, number), ITEMS_AT_MOST):
        beat(service, *(Beat(runner_id=f"host-{each:05}:{each + 100}") for each in some))


def add_executions(before: int, number: int, service: "Service | None" = None) -> None:
    """Ended attempts of runners that take turns, every 30 s back from now; 1 of 12 was blocked.
    Made by the database itself."""
    from django.db import connection

    from scheduler.models import Runner
    from scheduler.services import get_service

    service = service or get_service(SLUG.format(0))
    runners = Runner.objects.filter(service=service)
    first, count = runners.order_by("pk").values_list("pk", flat=True)[0], runners.count()
    numbers, at = _made_by(connection.vendor, before + 1, number)
    cells = {
        "service_id": service.pk,
        "runner_id": f"{first} + n % {count}",
        "run_id": "'run-' || n",
        "status": "CASE WHEN n % 12 = 0 THEN 'blocked' ELSE 'completed' END",
        "origin": "'claimed'",
        "started_at": at(0),
        "ended_at": f"CASE WHEN n % 12 = 0 THEN {at(0)} ELSE {at(4)} END",
        "reason": "CASE WHEN n % 12 = 0 THEN 'late_start' ELSE '' END",
        "reason_detail": "''",
        "attempts": 1,
        "first_attempt_at": at(0),
        "last_attempt_at": at(0),
        "assigned_runner_id": "''",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO scheduler_execution ({', '.join(cells)})"
            f" SELECT {', '.join(map(str, cells.values()))} FROM ({numbers}) AS numbers"
        )
    service.touch()


def _made_by(vendor: str, first: int, last: int) -> tuple[str, Callable[[int], str]]:
    """The numbers n from first to last, and the instant so many seconds after the start of n."""
    from scheduler.db import clock

    now = f"{clock.now():%Y-%m-%d %H:%M:%S}"
    if vendor == "postgresql":

        def at(seconds: int) -> str:
            return f"timestamptz '{now}+00' + ({seconds} - n * 30) * interval '1 second'"

        return f"SELECT generate_series({first}, {last}) AS n", at

    def at_sqlite(seconds: int) -> str:
        return f"strftime('%Y-%m-%d %H:%M:%S', '{now}', ({seconds} - n * 30) || ' seconds')"

    more = f"SELECT {first} UNION ALL SELECT n + 1 FROM one WHERE n < {last}"
    return f"WITH RECURSIVE one(n) AS ({more}) SELECT n FROM one", at_sqlite
