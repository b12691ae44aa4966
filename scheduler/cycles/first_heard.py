"""Since when anything is known of a service: before that, it is not known what it did."""

from datetime import datetime

from scheduler.models import CycleSummary, Execution, Presence, Service, Watch


def first_heard_at(service: Service) -> datetime | None:
    """When the first was heard of the service that is still kept; None where nothing ever was.

    Where executions are pruned, the first cycle that has a summary counts with what is left.
    """
    firsts = [
        model.objects.filter(service=service)
        .order_by("started_at")
        .values_list("started_at", flat=True)
        .first()
        for model in (Presence, Execution, Watch)
    ]
    if service.pruned_until is not None:
        firsts.append(CycleSummary.first_start(service))
    return min((first for first in firsts if first is not None), default=None)


def was_known_before(service: Service, at: datetime) -> bool:
    """Whether anything is known of the service from before ``at``."""
    if was_summed_up_before(service, at):
        return True
    first = first_heard_at(service)
    return first is not None and first < at


def was_summed_up_before(service: Service, at: datetime) -> bool:
    """Whether a cycle that began before ``at`` has a summary."""
    return CycleSummary.objects.filter(service=service, cycle_start__lt=at).exists()
