"""Heartbeats that are found by looking now and then: a fleet keeps each runner's last one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from scheduler.core.cycle.looks import beat_good_for_seconds
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.intake.reported_types import HeartbeatReport
from scheduler.models import Presence, Service


class Beats:
    """What a look reports of the runners that the fleet takes for alive.

    Where the time until a runner counts as dead is shorter than what looking can tell, its beats
    are good for longer, until a look finds it dead: else it would die and rise between two looks.
    """

    def __init__(self, policy: SchedulingPolicy, *, every_seconds: float | None) -> None:
        self._dead_after = policy.dead_after_seconds
        good_for = self._dead_after
        if every_seconds is not None:
            good_for = beat_good_for_seconds(policy, every_seconds)
        # None: as the policy of the beat's own time has it, which intake looks up.
        self._good_for = good_for if good_for > self._dead_after else None

    def new(
        self, runners: Sequence[ActiveRunnerInfo], known: Mapping[str, ActiveRunnerInfo]
    ) -> Iterator[HeartbeatReport]:
        """The beats since the last look, as far as the fleet tells; ``known`` are those of then."""
        for one in runners:
            before = known.get(one.runner_id)
            if before == one:
                # Still the beat of the look before.
                continue
            yield self._report(one, one.last_heartbeat)
            silence = (one.last_heartbeat - one.creation_time).total_seconds()
            # It was registered with a heartbeat. Whatever came between the two beats, it was alive
            # all the time when one alone lasts that long.
            if before is None and 0 < silence <= self._dead_after:
                yield self._report(one, one.creation_time)

    def of_the_dead(
        self, service: Service, runners: Sequence[ActiveRunnerInfo], at: datetime
    ) -> Iterator[HeartbeatReport]:
        """Of runners that the fleet no longer takes for alive: the last beat, cut to its length."""
        # Theirs end by themselves, when the fleet gives them up as well.
        if self._good_for is None:
            return
        alive = {one.runner_id for one in runners}
        rows = Presence.objects.filter(service=service, expires_at__gte=at).select_related("runner")
        for presence in rows:
            runner_id, last = presence.runner.runner_id, presence.last_heartbeat_at
            # To be missing from one look is no death: the fleet's own measure has to be over, too.
            if runner_id not in alive and (at - last).total_seconds() > self._dead_after:
                yield HeartbeatReport(
                    runner_id=runner_id,
                    at=last,
                    eligible=presence.eligible,
                    good_for_seconds=self._dead_after,
                )

    def _report(self, runner: ActiveRunnerInfo, at: datetime) -> HeartbeatReport:
        return HeartbeatReport(
            runner_id=runner.runner_id,
            at=at,
            eligible=runner.allow_to_run_atomic_service,
            creation_time=runner.creation_time,
            good_for_seconds=self._good_for,
        )
