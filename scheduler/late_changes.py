"""What is learnt about a cycle after it was over is noted, so that its summary is written again."""

from datetime import datetime

from scheduler.models import LateChange, Service
from scheduler.services import policy_at


def note_change(service: Service, start: datetime, end: datetime, *, now: datetime) -> None:
    """Something that lies in ``[start, end]`` has changed; in the service's turn only.

    Kept only where it reaches into a cycle that is over at ``now``: the present one is summed up
    when it ends, with all that was learnt until then. A clock that jumped back may be in a cycle
    that has its summary.
    """
    over_until = policy_at(service, now).cycle_start(now)
    if service.summarised_until is not None:
        over_until = max(over_until, service.summarised_until)
    if start < over_until:
        LateChange.objects.create(service=service, start=start, end=max(start, end))
