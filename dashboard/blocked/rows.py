"""The blocks of a page as rows: who was refused when, what was decided with which numbers, who has
seen to it."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta

from dashboard.attempt.words import about
from dashboard.text.names import short_names, short_run
from dashboard.text.signals import Signal, blocked_reason, blocked_signal
from dashboard.text.words import TimeWords
from dashboard.web.addresses import cycle_url, execution_url, runner_url
from scheduler.blocks.facts import BlockFacts, Holder
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import BlockReason
from scheduler.history.pages import Row
from scheduler.models import Acknowledgement, DerivedBlock, Execution
from scheduler.words.characters import beginning
from scheduler.words.refusals import grace_words, late_words, limit_words, margin_words

EXECUTION, DERIVED = "execution", "derived"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTo:
    """An acknowledgement on a block."""

    by: str
    at: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLink:
    """A run; ``url`` is empty where it is not kept."""

    run_id: str
    short: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRow:
    """One block. ``key`` tells which to an acknowledgement; ``url`` is empty where it is derived.

    ``what`` was decided, with the numbers, after the link to a run where one ``held``; ``repeats``
    says how often it came again.
    """

    key: str
    time: str
    runner_id: str
    name: str
    runner_url: str
    signal: Signal
    reason: str
    is_derived: bool
    held: RunLink | None
    what: str
    repeats: str
    url: str
    run_id: str
    cycle: str
    cycle_url: str
    seen_to: SeenTo | None


@dataclass(frozen=True, slots=True)
class BlockRows:
    """Writes the rows of one page."""

    slug: str
    facts: BlockFacts
    policy_at: Callable[[datetime], SchedulingPolicy]
    _: KW_ONLY
    names: Mapping[str, str]
    words: TimeWords

    def row(self, row: Row) -> BlockRow:
        """One block, recorded or derived."""
        runner_id = row.runner.runner_id
        # A report tells no cycle: it is the one of the policy that was in force then.
        start = row.cycle_start or self.policy_at(row.started_at).cycle_start(row.started_at)
        is_derived = isinstance(row, DerivedBlock)
        run_id = "" if isinstance(row, DerivedBlock) else row.run_id
        holder = self.facts.holder_of(row)
        return BlockRow(
            key=f"{DERIVED if is_derived else EXECUTION}-{row.pk}",
            time=self.words.seconds(row.started_at),
            runner_id=runner_id,
            name=self._name(runner_id),
            runner_url=runner_url(self.slug, runner_id),
            signal=blocked_signal(row.reason),
            reason=blocked_reason(row.reason),
            is_derived=is_derived,
            held=self._link(holder) if holder else None,
            what=self._held(holder, row) if holder else self._what(row),
            repeats=self._repeats(row),
            url=execution_url(self.slug, run_id) if run_id else "",
            run_id=run_id,
            cycle=self.words.seconds(start),
            cycle_url=cycle_url(self.slug, start),
            seen_to=seen_to(row.acknowledgement, self.words),
        )

    def _name(self, runner_id: str) -> str:
        return self.names.get(runner_id, runner_id)

    def _repeats(self, row: Row) -> str:
        if isinstance(row, DerivedBlock):
            return f"any start until {self.words.seconds(row.ended_at)}"
        if row.attempts == 1:
            return ""
        return f"×{row.attempts:,} until {self.words.seconds(row.last_attempt_at)}"

    def _what(self, row: Row) -> str:
        # What was decided is told with the limits of then, and not with those of now.
        policy = self.policy_at(row.started_at)
        if row.reason == BlockReason.LATE_START:
            return _late(row, policy)
        # A fleet may have told no count; then its own words are all there is.
        if row.reason == BlockReason.SLOT_WINDOW_INVALID and row.stable_runner_count:
            return _no_window(row.stable_runner_count, policy)
        if row.reason == BlockReason.SCHEDULED_RUNNER_IN_GRACE:
            return self._in_grace(row, policy)
        return "" if isinstance(row, DerivedBlock) else beginning(row.reason_detail)

    def _in_grace(self, row: Row, policy: SchedulingPolicy) -> str:
        grace = policy.membership_stabilization_seconds
        # A derived block does not keep who was scheduled.
        assigned = row.assigned_runner_id if isinstance(row, Execution) else ""
        known = self.facts.runners.get(assigned or "")
        age = row.started_at - known.first_seen_at if known else None
        # Where an earlier first sight was told later, its age then is not what was decided on.
        is_known = age is not None and timedelta() <= age <= timedelta(seconds=grace)
        return grace_words(
            self._name(assigned) if assigned else "",
            is_asker=assigned == row.runner.runner_id,
            seen_for=about(age) if age is not None and is_known else "",
            grace=grace,
        )

    def _link(self, holder: Holder) -> RunLink:
        is_kept = holder.started_at is not None
        return RunLink(
            run_id=holder.run_id,
            short=short_run(holder.run_id),
            url=execution_url(self.slug, holder.run_id) if is_kept else "",
        )

    def _held(self, holder: Holder, row: Row) -> str:
        of = f"of {self._name(holder.runner_id)} " if holder.runner_id else ""
        # A row of repeats names the run that its last attempt met.
        last = row.started_at if isinstance(row, DerivedBlock) else row.last_attempt_at
        # The clocks of a fleet differ: by them, a run may begin after the block that names it.
        if holder.started_at is None or holder.started_at > last:
            return f"{of}held it"
        return f"{of}had held it for {about(last - holder.started_at)}"


def names_of(facts: BlockFacts, runners: Mapping[str, tuple[str, int | None]]) -> dict[str, str]:
    """What everybody is called whom the rows name, and these."""
    known = {each: (runner.host, runner.pid) for each, runner in facts.runners.items()}
    told = {holder.runner_id for holder in facts.holders.values() if holder.runner_id}
    return short_names(sorted({*known, *told, *runners}), known | dict(runners))


def seen_to(action: Acknowledgement | None, words: TimeWords) -> SeenTo | None:
    """Who has seen to a block."""
    if action is None:
        return None
    return SeenTo(
        by=action.acknowledged_by,
        at=words.seconds(action.acknowledged_at),
        note=beginning(action.note),
    )


def _late(row: Row, policy: SchedulingPolicy) -> str:
    fraction = row.late_start_fraction if isinstance(row, Execution) else None
    if fraction is None or isinstance(row, DerivedBlock):
        return _limit_alone(row, policy)
    limit = policy.max_start_slot_fraction
    return late_words(
        fraction,
        attempts=row.attempts,
        window=row.slot_end - row.slot_start if row.slot_start and row.slot_end else None,
        # A limit that was not passed is not the one that refused: its fleet went by another policy.
        limit=limit if policy.limits_late_starts and limit < fraction else None,
    )


def _limit_alone(row: Row, policy: SchedulingPolicy) -> str:
    if isinstance(row, Execution):
        return beginning(row.reason_detail)
    return limit_words(policy.max_start_slot_fraction)


def _no_window(runners: int, policy: SchedulingPolicy) -> str:
    slot, margin = policy.interval_seconds / runners, policy.spread_seconds
    # The numbers stand there where they come to it. A single runner has no margin at all.
    if runners > 1 and margin >= slot:
        return margin_words(runners, margin=margin, slot=slot)
    return margin_words(runners)
