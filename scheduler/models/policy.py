"""Policy revisions: rows that never change, so that a past cycle is drawn as it was ruled."""

from dataclasses import fields
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from scheduler.core.policy import SchedulingPolicy
from scheduler.models.service import Service

POLICY_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(SchedulingPolicy))
NOTE_MAX_LENGTH = 500
# Above all that the core takes (`findings.MAX_SECONDS`).
_BEYOND = 1e12


class ImmutablePolicyError(RuntimeError):
    """A stored policy revision was to be changed; a change is a new revision."""


class Policy(models.Model):
    """One revision of a service's policy, in force from ``effective_from`` until the next one.

    ``recorded_at`` is when it was stored: a page of an instant before it knows nothing of it, also
    where it was told to have been in force by then.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="policies")
    effective_from = models.DateTimeField()
    recorded_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200, blank=True, default="")
    # Why, in the words of who changed it.
    note = models.CharField(max_length=NOTE_MAX_LENGTH, blank=True, default="")
    service_interval_minutes = models.FloatField()
    spread_margin_minutes = models.FloatField()
    check_interval_seconds = models.FloatField()
    membership_stabilization_seconds = models.FloatField()
    max_start_slot_fraction = models.FloatField()
    dead_after_seconds = models.FloatField()

    objects: ClassVar[models.Manager["Policy"]] = models.Manager()

    class Meta:
        ordering = ("service", "effective_from")
        default_permissions = ()
        verbose_name_plural = "policies"
        constraints = (
            # Also the index of "which policy was in force at t".
            models.UniqueConstraint(
                name="policy_one_a_moment", fields=("service", "effective_from")
            ),
            models.CheckConstraint(
                name="policy_numbers_valid",
                condition=Q(service_interval_minutes__gt=0)
                & Q(spread_margin_minutes__gte=0)
                & Q(check_interval_seconds__gt=0)
                & Q(membership_stabilization_seconds__gte=0)
                & Q(dead_after_seconds__gt=0),
            ),
            # NaN is above every number to PostgreSQL, and NULL to SQLite.
            models.CheckConstraint(
                name="policy_numbers_finite",
                condition=Q(*((f"{name}__lt", _BEYOND) for name in POLICY_FIELDS)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.service_id} from {self.effective_from.isoformat()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ImmutablePolicyError(
                "A policy revision is never changed: store a new one with change_policy()."
            )
        super().save(*args, **kwargs)

    @property
    def scheduling_policy(self) -> SchedulingPolicy:
        """The same numbers as the core's frozen value."""
        return SchedulingPolicy(**{name: getattr(self, name) for name in POLICY_FIELDS})
