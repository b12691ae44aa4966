"""What a collector says while it watches: each thing once, when it begins, changes or ends.

Lines for people; the facts in them are the polls' (`sight.Sight`).
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from scheduler.collectors.sight import Sight
from scheduler.errors import Unavailable
from scheduler.words.durations import duration
from scheduler.words.findings import finding_words
from scheduler.words.instants import utc, utc_time
from scheduler.words.policy_differences import policy_line

# A line is read by people: of more runners their number says enough.
_NAMED = 5
_SECOND = timedelta(seconds=1)


class Announcer:
    """Turns polls into lines and hands them to ``say``."""

    def __init__(self, say: Callable[[str], None], *, every_seconds: float) -> None:
        self._say = say
        self._every_seconds = every_seconds
        self._last: Sight | None = None
        self._away = ""
        self._warnings: frozenset[str] = frozenset()
        self._refused: set[str] = set()

    def sight(self, sight: Sight) -> None:
        """A poll went well."""
        before = self._last
        if self._away:
            self._back(sight)
        if before is None:
            self._first(sight)
        else:
            self._changes(before, sight)
        for line in sight.news:
            self._say(line)
        self._trouble(sight)
        self._last = sight

    def lost(self, problem: Unavailable) -> None:
        """A poll failed. Retries of the same trouble are not worth another line."""
        if problem.what == self._away:
            return
        self._away = problem.what
        since = f" Nothing was seen since {_clock(self._last)}." if self._last else ""
        self._say(
            f"{problem.what} does not answer ({problem.why}).{since} Trying again until it does."
        )

    def stopped(self) -> None:
        """The watch was asked to end."""
        last = f" The last look was at {_clock(self._last)}." if self._last else ""
        self._say(f"Stopped.{last}")

    def _back(self, sight: Sight) -> None:
        gap = f" {_gap_line(self._last.at, sight.at)}" if self._last else ""
        self._say(f"{self._away} answers again.{gap}")
        self._away = ""

    def _first(self, sight: Sight) -> None:
        self._say(
            f"Watching {sight.service.name} as service {sight.service.slug} every "
            f"{duration(self._every_seconds)}. Ctrl-C stops."
        )
        if sight.source is not None:
            self._say(f"It reads {sight.source}.")
        if sight.replaced is not None:
            self._say(f"Until now the service was of {sight.replaced}; what was recorded stays.")
        if sight.gap is not None:
            self._say(_gap_line(*sight.gap))
        self._say(f"Policy: {policy_line(sight.policy)}.")
        self._say(f"Runners: {_runners_line(sight)}")
        self._say(f"Executions: {sight.read:,} held by the app, {sight.stored:,} new here.")

    def _changes(self, before: Sight, sight: Sight) -> None:
        if sight.policy != before.policy:
            since = sight.policy_since
            when = f", in force since {utc_time(since)}" if since else ""
            self._say(f"Policy changed{when}: {policy_line(sight.policy)}.")
        were, are = _eligibility(before), _eligibility(sight)
        joined = [one for one in are if one not in were]
        left = [one for one in were if one not in are]
        turned = [one for one in are if one in were and are[one] != were[one]]
        parts = [
            f"{what} {_names(ids)}"
            for what, ids in (("joined:", joined), ("gone:", left), ("changed:", turned))
            if ids
        ]
        if parts:
            self._say(f"Runners: {'; '.join(parts)}. Now {_count(sight)}.")

    def _trouble(self, sight: Sight) -> None:
        warnings = list(map(finding_words, sight.policy.findings(_members(sight))))
        warnings += sight.notices
        for message in warnings:
            if message not in self._warnings:
                self._say(f"Warning: {message}")
        # Only what still holds: what goes away and comes back is said again.
        self._warnings = frozenset(warnings)
        for run_id in sight.vanished:
            self._say(f"Run {run_id} is gone from the app while running: its outcome is unknown.")
        for message in sight.refused:
            # A row that can't be kept comes with every poll, and never gets better.
            if message not in self._refused:
                self._refused.add(message)
                self._say(f"Left out, because it can't be kept: {message}.")


def _gap_line(last: datetime, at: datetime) -> str:
    """What a first look says of the time before it. The day is told where it is another one."""
    is_same_day = last.astimezone(UTC).date() == at.astimezone(UTC).date()
    since = utc_time(last) if is_same_day else utc(last)
    return (
        f"Not watched from {since} to {utc_time(at)} ({duration((at - last) // _SECOND)}); what "
        "the app still holds of that time is read."
    )


def _runners_line(sight: Sight) -> str:
    if not sight.runners:
        return "none is alive. They appear here as soon as they send a heartbeat."
    return f"{_count(sight)}: {_names([one.runner_id for one in sight.runners])}."


def _count(sight: Sight) -> str:
    members, alive = _members(sight), len(sight.runners)
    if members == alive:
        return f"{alive:,} in the cycle"
    return f"{members:,} in the cycle of {alive:,} alive"


def _members(sight: Sight) -> int:
    return sum(one.allow_to_run_atomic_service for one in sight.runners)


def _eligibility(sight: Sight) -> dict[str, bool]:
    return {one.runner_id: one.allow_to_run_atomic_service for one in sight.runners}


def _names(runner_ids: Sequence[str]) -> str:
    named = ", ".join(runner_ids[:_NAMED])
    more = len(runner_ids) - _NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def _clock(sight: Sight | None) -> str:
    return utc_time(sight.at) if sight else "the start"
