"""What a service keeps, as the commands say it."""

from collections.abc import Iterator

from scheduler.models import Service
from scheduler.retention.limits import Retention
from scheduler.words.instants import utc


def retention_lines(service: Service) -> Iterator[str]:
    """What it keeps at present, and what is gone."""
    retention = Retention.of(service)
    yield f"{service.slug} keeps"
    yield f"  executions       {_days(retention.days)}{_newest(retention.executions)}"
    yield f"  cycle summaries  {_days(retention.summary_days)}"
    yield "  what runs, acknowledged blocks and runners: for ever"
    if service.pruned_until is None:
        yield "  nothing is gone so far"
    else:
        yield f"  gone so far: what began and was over before {utc(service.pruned_until)}"


def _days(days: float | None) -> str:
    if days is None:
        return "for ever"
    return f"for {days:,.10g} {'day' if days == 1 else 'days'}"


def _newest(executions: int | None) -> str:
    return "" if executions is None else f", at most the newest {executions:,}"
