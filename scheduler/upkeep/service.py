"""The upkeep as a service: its name, its policy, and how it comes to be."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from scheduler.core.policy import SchedulingPolicy
from scheduler.errors import Refused
from scheduler.models import UPKEEP_SLUG, Service
from scheduler.services import UnknownService, create_service, get_service

SLUG = UPKEEP_SLUG
NAME = "Slotwatch upkeep"
# Twenty workers have windows of 5 s, as long as the pause between two of their questions; the
# 120th would take every window away. A lease may begin at any time of its window, and nobody is too
# new for one.
POLICY = SchedulingPolicy(
    service_interval_minutes=2.0,
    spread_margin_minutes=1.0 / 60.0,
    check_interval_seconds=5.0,
    membership_stabilization_seconds=0.0,
    max_start_slot_fraction=1.0,
    dead_after_seconds=30.0,
)


def upkeep_service() -> Service:
    """The service, made by whoever asks first; its policy can be changed as any other's.

    Raises:
        Refused: an observed service has its slug.
    """
    try:
        service = get_service(SLUG)
    except UnknownService:
        service = _create()
    if not service.is_coordinated:
        raise Refused(
            f"Service {SLUG!r} is observed, but workers share their work under that name: give "
            "the observed one another slug, or delete it."
        )
    return service


def _create() -> Service:
    try:
        # Nobody sees it before it has its policy.
        with transaction.atomic():
            return create_service(SLUG, name=NAME, policy=POLICY, changed_by="worker")
    except (ValidationError, IntegrityError):
        # Another worker came first.
        return get_service(SLUG)
