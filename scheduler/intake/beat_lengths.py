"""How long stored heartbeats are good for, where that is learnt after they came in."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from scheduler.intake.reported_beats import lay_anew
from scheduler.models import Heartbeat, Presence, Runner, Service


def renew_lengths(
    service: Service, since: datetime, until: datetime | None, dead_after_seconds: float
) -> None:
    """Have the heartbeats in ``[since, until)`` be good for so long, under the service's lock only.

    Where that is less than before, only the last beat of each lifespan is cut: in between there
    were beats that need not be kept, and a silence that nobody saw end.
    """
    beats = Heartbeat.objects.filter(service=service, at__gte=since)
    if until is not None:
        beats = beats.filter(at__lt=until)
    last = Presence.objects.filter(
        service=service, runner=OuterRef("runner"), last_heartbeat_at=OuterRef("at")
    )
    longer = beats.filter(good_for_seconds__lt=dead_after_seconds)
    shorter = beats.filter(Exists(last), good_for_seconds__gt=dead_after_seconds)
    # Read before the updates, after which neither filter would find them.
    keys = {
        *longer.order_by().values_list("runner", flat=True),
        *shorter.order_by().values_list("runner", flat=True),
    }
    shorter.update(good_for_seconds=dead_after_seconds)
    longer.update(good_for_seconds=dead_after_seconds)
    for runner in Runner.objects.filter(service=service, pk__in=keys):
        lay_anew(service, runner)
