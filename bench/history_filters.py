"""The filters that the history's benchmark asks by: as addresses, and as statements by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the models can be imported only once Django is set up
    from dashboard.history.query import HistoryQuery
    from scheduler.history.orders import Cursor
    from scheduler.models import Service

ROWS = 50

_COLUMNS = (
    "e.id, e.run_id, e.status, e.origin, e.started_at, e.ended_at, e.reason, e.reason_detail,"
    " e.attempts, e.first_attempt_at, e.last_attempt_at, e.cycle_start, e.slot_start, e.slot_end,"
    " e.runner_position, e.stable_runner_count, e.assigned_runner_id, e.late_start_fraction,"
    " e.duration_us, r.runner_id, r.host, r.pid"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One filter: as an address, and as conditions on ``e`` with their parameters."""

    name: str
    query: str
    where: str = ""
    parameters: Sequence[Any] = ()
    order: str = "e.started_at"


def filters(hot: "Service") -> list[Asked]:
    """The thirteen, of values that the data really has."""
    from django.db.models import Count, Max, Min

    from scheduler.models import Execution

    rows = Execution.objects.filter(service=hot)
    by_runner = list(
        rows.values_list("runner__runner_id", "runner").annotate(n=Count("pk")).order_by("n")
    )
    by_reason = list(
        rows.exclude(reason="").values_list("reason").annotate(n=Count("pk")).order_by("n")
    )
    (rare_id, rare, _), busy = by_runner[0], by_runner[-3:]
    span = rows.aggregate(first=Min("started_at"), last=Max("started_at"))
    year = span["first"] + (span["last"] - span["first"]) / 10
    recent = span["last"] - (span["last"] - span["first"]) / 200
    long_us = rows.order_by("-duration_us").values_list("duration_us", flat=True)[1_000]
    prefix = rows.values_list("run_id", flat=True)[0][:6]
    longest = "e.duration_us"

    def iso(at: Any) -> str:
        return str(at.isoformat().replace("+00:00", "Z"))

    in_busy = ", ".join(["%s"] * len(busy))
    return [
        Asked(name="nothing", query=""),
        Asked(
            name="rare runner",
            query=f"runner_id={rare_id}",
            where="e.runner_id = %s",
            parameters=(rare,),
        ),
        Asked(
            name="three busy runners",
            query="&".join(f"runner_id={name}" for name, _, _ in busy),
            where=f"e.runner_id IN ({in_busy})",
            parameters=[key for _, key, _ in busy],
        ),
        Asked(name="unselective status", query="status=completed", where="e.status = 'completed'"),
        Asked(name="rare status", query="status=abandoned", where="e.status = 'abandoned'"),
        Asked(
            name="rare reason",
            query=f"reason={by_reason[0][0]}",
            where="e.reason = %s AND NOT (e.reason = '')",
            parameters=(by_reason[0][0],),
        ),
        Asked(
            name="busy runner, reason",
            query=f"runner_id={busy[-1][0]}&status=blocked&reason={by_reason[-1][0]}",
            where="e.status = 'blocked' AND e.runner_id = %s AND e.reason = %s"
            " AND NOT (e.reason = '')",
            parameters=(busy[-1][1], by_reason[-1][0]),
        ),
        Asked(
            name="short range",
            query=f"from={iso(recent)}",
            where="e.started_at >= %s",
            parameters=(recent,),
        ),
        Asked(
            name="long range, blocked",
            query=f"status=blocked&from={iso(year)}",
            where="e.started_at >= %s AND e.status = 'blocked'",
            parameters=(year,),
        ),
        Asked(
            name="long runs",
            query=f"min_duration_seconds={long_us / 1e6:.6f}",
            where="e.duration_us >= %s",
            parameters=(long_us,),
        ),
        Asked(
            name="longest first, long range",
            query=f"from={iso(year)}&sort=-duration_seconds",
            where="e.started_at >= %s AND e.duration_us IS NOT NULL",
            parameters=(year,),
            order=longest,
        ),
        Asked(
            name="run id's beginning",
            query=f"run_id={prefix}",
            **begins_with(prefix),
        ),
        Asked(
            name="empty",
            query=f"runner_id={rare_id}&reason=unheard_of",
            where="e.runner_id = %s AND e.reason = 'unheard_of' AND NOT (e.reason = '')",
            parameters=(rare,),
        ),
    ]


def begins_with(prefix: str) -> dict[str, Any]:
    """Run ids that begin so, as each database finds them by its index."""
    from django.db import connection

    if connection.vendor == "postgresql":
        return {"where": "e.run_id LIKE %s", "parameters": (f"{prefix}%",)}
    return {
        "where": "e.run_id >= %s AND e.run_id < %s",
        "parameters": (prefix, prefix + "\U0010ffff"),
    }


def read(asked: Asked, hot: "Service") -> tuple["HistoryQuery", datetime]:
    """The filter as the page reads it, of all time where it names none, and an instant."""
    from django.http import QueryDict

    from dashboard.history.default_range import ALL_TIME, names_time
    from dashboard.history.filters import TO
    from dashboard.history.query import history_query
    from scheduler.db import clock

    now, given = clock.now(), QueryDict(asked.query, mutable=True)
    if not names_time(given):
        given[TO] = ALL_TIME
    return history_query(given, [hot], now=now, zone=UTC, origins=()), now


def statement(asked: Asked, service: int, cursor: "Cursor | None") -> tuple[str, list[Any]]:
    """The rows of one page, as one would ask for them by hand."""
    where, parameters = ["e.service_id = %s"], [service, *asked.parameters]
    if asked.where:
        where.append(asked.where)
    if cursor is not None:
        key: Any = cursor.place.key
        if asked.order == "e.started_at":
            key = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=key)
        where.append(f"{asked.order} <= %s AND ({asked.order} < %s OR e.id < %s)")
        parameters += [key, key, cursor.place.pk]
    sql = (
        f"SELECT {_COLUMNS} FROM scheduler_execution e"
        f" JOIN scheduler_runner r ON r.id = e.runner_id WHERE {' AND '.join(where)}"
        f" ORDER BY {asked.order} DESC, e.id DESC LIMIT {ROWS}"
    )
    return sql, parameters
