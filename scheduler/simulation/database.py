"""The store of real rows: the claim path that runners of flesh and blood use."""

from datetime import datetime

from scheduler import services
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake import claims, heartbeats
from scheduler.intake.heartbeats import Beat
from scheduler.models import Service
from scheduler.simulation.store import Answer

CHANGED_BY = "simulation"


class DatabaseStore:
    """A coordinated service of the database."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def beat(self, beat: Beat, *, now: datetime) -> None:
        heartbeats.beat(self._service, beat, now=now)

    def claim(self, beat: Beat, *, now: datetime, run_id: str) -> Answer:
        result = claims.claim(self._service, beat, now=now, run_id=run_id)
        return Answer(
            claim=result.claim, blocked="" if result.blocked is None else result.blocked.reason
        )

    def finish(self, run_id: str, status: Status, reason: str, *, now: datetime) -> None:
        claims.finish(self._service, run_id, status, reason=reason, now=now)

    def change_policy(self, policy: SchedulingPolicy, *, now: datetime) -> None:
        services.change_policy(self._service, policy, changed_by=CHANGED_BY, now=now)
