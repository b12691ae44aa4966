"""Executions: one row an attempt, started or blocked."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.core.types import Origin
from scheduler.models.acknowledgement import Acknowledgement
from scheduler.models.choices import choices_of
from scheduler.models.lengths import Microseconds, ReachClass, WorkedOut
from scheduler.models.runner import Runner
from scheduler.models.service import Service

HAS_REASON = ~Q(reason="")


class Execution(models.Model):
    """One attempt to run the service.

    ``running`` becomes ``completed`` or ``abandoned`` once; ``blocked`` is born terminal, and one
    claimed blocked row counts every repeat of the same (runner, cycle, reason). The primary key of
    a started row rises with every start of its service: it is the run's fencing token.
    """

    # Each index that begins with the service serves its key as well.
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, related_name="executions", db_index=False
    )
    # Its index is for what RESTRICT asks when a runner is deleted; pages have those by the service.
    runner = models.ForeignKey(Runner, on_delete=models.RESTRICT, related_name="executions")
    run_id = models.CharField(max_length=200)
    status = models.CharField(max_length=16, choices=choices_of(Status))
    origin = models.CharField(max_length=16, choices=choices_of(Origin))
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    reason_detail = models.TextField(blank=True, default="")
    attempts = models.IntegerField(default=1)
    first_attempt_at = models.DateTimeField()
    last_attempt_at = models.DateTimeField()
    # The claim's facts. A fleet that decides for itself does not tell them.
    cycle_start = models.DateTimeField(null=True, blank=True)
    slot_start = models.DateTimeField(null=True, blank=True)
    slot_end = models.DateTimeField(null=True, blank=True)
    runner_position = models.IntegerField(null=True, blank=True)
    stable_runner_count = models.IntegerField(null=True, blank=True)
    assigned_runner_id = models.CharField(max_length=200, blank=True, default="")
    late_start_fraction = models.FloatField(null=True, blank=True)
    # Who saw to it that it was blocked, and why; such a row is kept for ever.
    acknowledgement = models.ForeignKey(
        Acknowledgement,
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="executions",
        db_index=False,
    )
    # What the database works out itself: how long it took (None while it runs), and in which class
    # of lengths the longest are, from the start to the last that is known of it.
    duration_us = WorkedOut(
        expression=Microseconds("started_at", "ended_at"),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )
    reach_class = WorkedOut(
        expression=ReachClass("started_at", "ended_at", "last_attempt_at"),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
    )

    objects: ClassVar[models.Manager["Execution"]] = models.Manager()

    class Meta:
        default_permissions = ()
        constraints = (
            # Identity. Also the index of a look-up by run id, or by its first characters: in
            # PostgreSQL, whatever its collation, through the operator class.
            models.UniqueConstraint(
                name="execution_once_a_run",
                fields=("service", "run_id"),
                opclasses=("int8_ops", "varchar_pattern_ops"),
            ),
            # The gate: what we decide ourselves never runs twice at once. Observed services may:
            # that is an incident to show, not a row to refuse.
            models.UniqueConstraint(
                name="execution_one_running",
                fields=("service",),
                condition=Q(status=Status.RUNNING.value, origin=Origin.CLAIMED.value),
            ),
            # One row counts the repeats of one refusal.
            models.UniqueConstraint(
                name="execution_one_block_a_cycle",
                fields=("service", "runner", "cycle_start", "reason"),
                condition=Q(status=Status.BLOCKED.value, origin=Origin.CLAIMED.value),
            ),
            # Choices bind forms alone; rows that are written in bulk are bound by these.
            models.CheckConstraint(
                name="execution_status_known",
                condition=Q(status__in=[status.value for status in Status]),
            ),
            models.CheckConstraint(
                name="execution_origin_known",
                condition=Q(origin__in=[origin.value for origin in Origin]),
            ),
            models.CheckConstraint(
                name="execution_terminal_has_end",
                condition=Q(status=Status.RUNNING.value, ended_at=None)
                | (~Q(status=Status.RUNNING.value) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="execution_ends_after_start",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
            ),
            models.CheckConstraint(
                name="execution_blocked_has_reason",
                condition=~Q(status=Status.BLOCKED.value) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="execution_attempts_counted",
                condition=Q(attempts__gte=1) & Q(last_attempt_at__gte=F("first_attempt_at")),
            ),
        )
        indexes = (
            # The history, newest first, the key as tie-break: one page is one range of it.
            models.Index(name="execution_by_start", fields=("service", "-started_at", "-id")),
            # The history by length: the longest first.
            models.Index(name="execution_by_duration", fields=("service", "-duration_us", "-id")),
            # What began before an instant and reached beyond it, long as it may have been: of each
            # class of lengths one short range (scheduler.db.reaching).
            models.Index(
                name="execution_by_reach",
                fields=("service", "reach_class", "-started_at"),
                condition=Q(reach_class__isnull=False),
            ),
            # What is running now, in any service: a few rows however long the history.
            models.Index(
                name="execution_running",
                fields=("service", "started_at"),
                condition=Q(status=Status.RUNNING.value),
            ),
            # One runner's history, and how many attempts it had in a range of time.
            models.Index(
                name="execution_by_runner", fields=("service", "runner", "-started_at", "-id")
            ),
            # One status by time: the last good run, the blocked of the last hour.
            models.Index(
                name="execution_by_status", fields=("service", "status", "-started_at", "-id")
            ),
            # One reason by time, and one runner's: a cell of the blocked audit.
            models.Index(
                name="execution_by_reason",
                fields=("service", "reason", "-started_at", "-id"),
                condition=HAS_REASON,
            ),
            models.Index(
                name="execution_by_runner_reason",
                fields=("service", "runner", "reason", "-started_at", "-id"),
                condition=HAS_REASON,
            ),
            # The blocks that nobody has seen to.
            models.Index(
                name="execution_unacknowledged",
                fields=("service", "-started_at", "-id"),
                condition=Q(status=Status.BLOCKED.value, acknowledgement=None),
            ),
            # What one acknowledgement covers, to undo it.
            models.Index(
                name="execution_acknowledged",
                fields=("acknowledgement",),
                condition=Q(acknowledgement__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.status} {self.run_id}"
