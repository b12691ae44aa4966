"""Acknowledgements: an operator has seen to blocked attempts, and says why they are all right."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from scheduler.models.service import Service


class Acknowledgement(models.Model):
    """One action of one operator on any number of blocks (`Execution.acknowledgement`).

    Kept for ever, also when it was undone: then its blocks are unacknowledged again and the row
    says who took it back.
    """

    # The index below begins with the service, and serves its key as well.
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="acknowledgements", db_index=False
    )
    acknowledged_by = models.CharField(max_length=200)
    acknowledged_at = models.DateTimeField()
    note = models.TextField()
    # How many blocks it took, recorded and derived ones.
    block_count = models.IntegerField()
    undone_by = models.CharField(max_length=200, blank=True, default="")
    undone_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Acknowledgement"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                name="acknowledgement_says_who_and_why",
                condition=~Q(acknowledged_by="") & ~Q(note=""),
            ),
            models.CheckConstraint(
                name="acknowledgement_undone_by_someone",
                condition=Q(undone_at=None, undone_by="")
                | (Q(undone_at__isnull=False) & ~Q(undone_by="")),
            ),
        )
        indexes = (
            # The latest of a service.
            models.Index(name="acknowledgement_latest", fields=("service", "-acknowledged_at")),
        )

    def __str__(self) -> str:
        return f"{self.acknowledged_by}: {self.note[:50]}"
