"""Why an attempt was let start, or was not: the checks in order, then the store's gate."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.text.names import short_run
from dashboard.text.signals import Signal
from dashboard.text.words import TimeWords
from scheduler.attempts.report import AttemptReport
from scheduler.core.explain import CheckName, CheckState
from scheduler.core.recorded_claims import RecordedClaim
from scheduler.core.types import AtomicServiceDecisionReason as Reason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.words.decisions import check_words

# They borrow the marks of runs; the words are their own.
STATES: dict[CheckState, Signal] = {
    CheckState.PASSED: Signal(key="completed", word="Passed"),
    CheckState.FAILED: Signal(key="abandoned", word="Failed"),
    CheckState.NOT_REACHED: Signal(key="waiting", word="Not asked"),
}
NAMES: dict[CheckName, str] = {
    CheckName.FLEET: "Somebody is there",
    CheckName.MEMBERSHIP: "It is a member",
    CheckName.WINDOW: "Its slot has a window",
    CheckName.GRACE: "Who is scheduled is not too new",
    CheckName.TURN: "It is its turn",
    CheckName.LATE_START: "It is not too late",
}
# The store's gate comes after the six checks, and no claim tells of it.
GATE = "No other run goes on"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    name: str
    signal: Signal
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """``rows`` are empty where nobody knows who was there; ``note`` says of what they are, and
    ``doubt`` where what happened is not what they come to."""

    title: str
    note: str
    doubt: str
    is_derived: bool
    rows: tuple[CheckRow, ...]


def attempt_why(report: AttemptReport, *, names: Mapping[str, str], words: TimeWords) -> Why:
    """The checks of the attempt's first instant."""
    is_blocked = report.execution.status == Status.BLOCKED
    title = "Why it was blocked" if is_blocked else "Why it could start"
    claim = report.claim
    if claim is None:
        note = (
            "The fleet decided for itself and did not say why, and nobody watched then who was "
            "there: it can't be worked out."
        )
        return Why(title=title, note=note, doubt="", is_derived=False, rows=())
    explained = claim.explained()
    rows = [
        CheckRow(
            name=NAMES[check], signal=STATES[state], sentence=check_words(explained, check, names)
        )
        for check, state in explained.checks.items()
    ]
    return Why(
        title=title,
        note=_note(report, claim, words),
        doubt=_doubt(report, claim),
        is_derived=claim.is_derived,
        rows=(*rows, _gate(report, claim, names)),
    )


def _note(report: AttemptReport, claim: RecordedClaim, words: TimeWords) -> str:
    at = words.full(claim.at)
    if claim.is_derived:
        return (
            "The fleet decided for itself and did not say why. This is what the membership and the "
            f"policy known here come to at {at}."
        )
    # A row of repeats keeps the numbers of its first attempt alone.
    if report.execution.attempts > 1:
        return f"As decided at its first attempt, {at}."
    return f"As decided at {at}."


def _doubt(report: AttemptReport, claim: RecordedClaim) -> str:
    # What was recorded is what was decided: only a derived answer can turn out to be wrong.
    if not claim.is_derived or claim.claim.reason is Reason.ASSIGNED:
        return ""
    if report.execution.status == Status.BLOCKED:
        return ""
    return (
        "It started all the same: its fleet knew other members then, or did not keep to the plan."
    )


def _gate(report: AttemptReport, claim: RecordedClaim, names: Mapping[str, str]) -> CheckRow:
    state, sentence = _gate_state(report, claim, names)
    return CheckRow(name=GATE, signal=STATES[state], sentence=sentence)


def _gate_state(
    report: AttemptReport, claim: RecordedClaim, names: Mapping[str, str]
) -> tuple[CheckState, str]:
    prior = report.prior
    if prior is not None:
        holder = names.get(prior.runner_id, prior.runner_id)
        whose = f" of {holder}" if holder else ""
        return CheckState.FAILED, f"Run {short_run(prior.run_id)}{whose} still held the service."
    # A block that names no run did not come to the gate, or had a reason of its fleet's own.
    if report.execution.status == Status.BLOCKED:
        not_asked = claim.claim.reason is not Reason.ASSIGNED
        said = "an earlier check has answered" if not_asked else "the fleet had a reason of its own"
        return CheckState.NOT_REACHED, f"Not asked: {said}."
    # A fleet that decides for itself may have two runs at once: that is shown, and not refused.
    if report.overlapped:
        runs = ", ".join(short_run(each.run_id) for each in report.overlapped)
        return CheckState.FAILED, f"Other runs had not ended: {runs}. It started all the same."
    return CheckState.PASSED, "No run held the service."
