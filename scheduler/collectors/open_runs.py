"""The runs of a service that we hold as RUNNING, and the ending of those that left no trace."""

from dataclasses import replace
from datetime import datetime

from scheduler.core.reasons import EndReason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.reported_types import ExecutionReport
from scheduler.models import Execution, Service, Watch
from scheduler.words.instants import utc


def open_runs(service: Service) -> list[ExecutionReport]:
    """What we hold as RUNNING, as it was reported."""
    rows = Execution.objects.filter(service=service, status=Status.RUNNING.value)
    return [
        ExecutionReport(
            run_id=row.run_id,
            runner_id=row.runner.runner_id,
            status=Status.RUNNING,
            started_at=row.started_at,
        )
        for row in rows.select_related("runner")
    ]


def last_watch(service: Service, collector: str) -> Watch | None:
    """The range in which ``collector`` last saw the whole of this service, whichever process it
    was."""
    watches = Watch.objects.filter(service=service, collector=collector)
    return watches.order_by("-last_seen_at").first()


def last_look(service: Service, collector: str) -> datetime | None:
    """When that was."""
    last = last_watch(service, collector)
    return None if last is None else last.last_seen_at


def vanished(run: ExecutionReport, last_seen_at: datetime) -> ExecutionReport:
    """The ending of a run that the fleet has lost all trace of.

    It ends where it was last seen running: that it ran until then is all that anybody knows, and an
    ending that is told after all counts more than this one.
    """
    # By its own clock it may have begun after our last look.
    ended_at = max(run.started_at, last_seen_at)
    return replace(
        run,
        # Nobody knows whether it completed: the reason says so.
        status=Status.ABANDONED,
        ended_at=ended_at,
        reason=f"{EndReason.OUTCOME_UNKNOWN}:the app no longer holds this run; it was last seen"
        f" running at {utc(ended_at)}",
    )
