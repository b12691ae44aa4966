"""A service: one atomic service of one fleet, and how it is watched."""

from enum import StrEnum
from typing import Self

from django.core.validators import validate_slug
from django.db import models
from django.db.models import F, Q

from scheduler.models.choices import choices_of

# Slotwatch's own service: its workers share the upkeep under it (scheduler.upkeep.service).
UPKEEP_SLUG = "slotwatch-upkeep"


class ServiceMode(StrEnum):
    """Who decides on a start.

    ``coordinated``: runners ask Slotwatch for every start. ``observed``: the fleet decides for
    itself and Slotwatch records what it can see.
    """

    COORDINATED = "coordinated"
    OBSERVED = "observed"


class ServiceQuerySet(models.QuerySet["Service"]):
    """Services by whether people and programs still see them."""

    def known(self) -> Self:
        """All but those that were deleted, and whose rows are on their way out."""
        return self.filter(deleted_at=None)

    def active(self) -> Self:
        """Those that ask for attention: neither deleted nor archived."""
        return self.known().filter(archived_at=None)


class Service(models.Model):
    """One atomic service. Its row is the lock that all writes about the service take."""

    slug = models.SlugField(max_length=80, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=200)
    mode = models.CharField(max_length=16, choices=choices_of(ServiceMode))
    created_at = models.DateTimeField()
    # Rises with every write that changes what a page draws, so that a poll can ask "anything new?"
    # with one primary-key read. A beat that only extends a presence leaves it alone.
    revision = models.BigIntegerField(default=0)
    # The longest run ever recorded. It bounds how far back a cycle looks for runs that began
    # before it, so that the look-back stays a range of one index.
    longest_run_seconds = models.FloatField(default=0.0)
    # Every cycle that ended until then has its summary; None before the first one.
    summarised_until = models.DateTimeField(null=True, blank=True)
    # Rises with every batch of summaries: two writers never mix, and a page asks "anything new?".
    summary_revision = models.BigIntegerField(default=0)
    # What is kept, and no longer (scheduler.retention.limits); None keeps all.
    keep_days = models.FloatField(null=True, blank=True, default=90.0)
    keep_executions = models.BigIntegerField(null=True, blank=True)
    keep_summary_days = models.FloatField(null=True, blank=True, default=400.0)
    # What began before then may be gone: of such cycles the summaries are the last word.
    pruned_until = models.DateTimeField(null=True, blank=True)

    # Kept, but out of sight, and nothing is taken (scheduler.retention.archive).
    archived_at = models.DateTimeField(null=True, blank=True)
    archived_by = models.CharField(max_length=200, blank=True, default="")
    # Unknown to everybody since then, while its rows are removed (scheduler.pruning.removal).
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.CharField(max_length=200, blank=True, default="")

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ("slug",)
        default_permissions = ()
        permissions = (("operate", "Can change services, policies and acknowledgements"),)
        constraints = (
            models.CheckConstraint(
                name="service_mode_known",
                condition=Q(mode__in=[mode.value for mode in ServiceMode]),
            ),
            models.CheckConstraint(
                name="service_keeps_something",
                condition=(Q(keep_days=None) | Q(keep_days__gt=0))
                & (Q(keep_executions=None) | Q(keep_executions__gt=0))
                & (Q(keep_summary_days=None) | Q(keep_summary_days__gt=0)),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_coordinated(self) -> bool:
        return self.mode == ServiceMode.COORDINATED

    def touch(self) -> None:
        """Say that something drawn has changed."""
        Service.objects.filter(pk=self.pk).update(revision=F("revision") + 1)
