"""What the states of a runner are called, in words with their marks."""

from dataclasses import dataclass
from datetime import timedelta

from dashboard.text.words import count, duration, percent, span
from scheduler.core.policy import SchedulingPolicy
from scheduler.fleet.runner_report import RunnerReport
from scheduler.fleet.states import RunnerState, gone_after, silent_after


@dataclass(frozen=True, slots=True, kw_only=True)
class StateWords:
    """``mark`` is a shape of marks.svg and a class of runners.css."""

    mark: str
    word: str


STATES: dict[RunnerState, StateWords] = {
    RunnerState.LIVE: StateWords(mark="completed", word="Live"),
    RunnerState.IN_GRACE: StateWords(mark="grace", word="In grace"),
    RunnerState.INELIGIBLE: StateWords(mark="track", word="Not eligible"),
    RunnerState.SILENT: StateWords(mark="warning", word="Silent"),
    RunnerState.GONE: StateWords(mark="waiting", word="Gone"),
    RunnerState.UNKNOWN: StateWords(mark="unknown", word="Not known"),
}


def threshold_words(policy: SchedulingPolicy, every_seconds: float | None) -> str:
    """From when a runner is called silent, and from when gone."""
    silent = silent_after(policy, every_seconds).total_seconds()
    return (
        f"silent after {duration(silent)} without a heartbeat, "
        f"gone after {duration(gone_after(policy, every_seconds).total_seconds())}"
    )


def heard_words(report: RunnerReport) -> str:
    """How much of the last 24 hours (or of its life, where that is shorter) it was heard."""
    # Of a runner that is younger than a day, its life is the whole.
    known_from = max(report.since, report.runner.first_seen_at)
    # Unwatched time is neither heard nor missed: silence means nothing there.
    unseen = (min(end, report.now) - max(start, known_from) for start, end in report.unwatched)
    known = report.now - known_from - sum((max(each, timedelta()) for each in unseen), timedelta())
    gaps = [end - start for start, end in report.unheard]
    over = "the last 24 h" if known_from == report.since else f"the {span(known)} it is known"
    if report.unwatched and known <= timedelta():
        return f"Not watched in {over}."
    if not gaps or known <= timedelta():
        return f"Heard all the time in {over}."
    missed = sum(gaps, timedelta())
    if missed >= known:
        return f"Not heard in {over}."
    how_many = count(len(gaps), "gap")
    which = f"of {span(gaps[0])}" if len(gaps) == 1 else f"the longest of {span(max(gaps))}"
    share = percent((known - missed) / known)
    return f"Heard for {share} of {over}, with {how_many}, {which}."
