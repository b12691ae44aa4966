"""What one look of a collector saw and did."""

from dataclasses import dataclass
from datetime import datetime

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.intake.sources import SourceAddress
from scheduler.models import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one poll saw and did.

    ``read`` counts the executions that were looked at, ``stored`` the rows that were made or
    changed; ``vanished`` are the runs whose end nobody will ever tell, ``refused`` says what of the
    app's rows could not be kept. ``gap`` is the time that nobody watched before a first look, from
    the last look to this one; ``replaced`` is what the service was watched from until this look.
    ``notices`` are warnings about the watch itself, for as long as they hold, ``news`` are to be
    said once. ``policy_since`` is when the policy came into force, where that was while the
    collector watched.
    """

    at: datetime
    service: Service
    policy: SchedulingPolicy
    runners: tuple[ActiveRunnerInfo, ...]
    read: int
    stored: int
    vanished: tuple[str, ...]
    refused: tuple[str, ...]
    source: SourceAddress | None = None
    gap: tuple[datetime, datetime] | None = None
    replaced: SourceAddress | None = None
    notices: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    policy_since: datetime | None = None
