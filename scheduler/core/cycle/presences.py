"""Heartbeats into lifespans: one rule, whether beats come one by one or all at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scheduler.core.instants import MICROSECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatMark:
    """One heartbeat: when, whether eligible, and for how many seconds it keeps its runner alive."""

    at: datetime
    eligible: bool
    good_for_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifespan:
    """An unbroken lifespan of one runner, alive in ``[started_at, expires_at]``."""

    started_at: datetime
    last_heartbeat_at: datetime
    expires_at: datetime
    eligible: bool


def lifespans_of(marks: Iterable[BeatMark], *, after: Lifespan | None = None) -> list[Lifespan]:
    """The lifespans that these beats, in order of time, make of a runner's life.

    Args:
        after: the lifespan that came before the first beat; it is the first of the result, grown,
            ended by a change of eligibility, or as it was.
    """
    lifespans = [] if after is None else [after]
    for mark in marks:
        last = lifespans[-1] if lifespans else None
        expires_at = mark.at + timedelta(seconds=mark.good_for_seconds)
        # A beat in the very last instant prolongs it: lifespans are closed at both ends.
        if last is not None and mark.at <= last.expires_at:
            if last.eligible == mark.eligible:
                # The latest beat's promise counts, also where it is shorter than the one before.
                lifespans[-1] = replace(last, last_heartbeat_at=mark.at, expires_at=expires_at)
                continue
            # Eligibility is one fact a lifespan, so a change of it ends one and opens the next.
            lifespans[-1] = ended_before(last, mark.at)
        lifespans.append(
            Lifespan(
                started_at=mark.at,
                last_heartbeat_at=mark.at,
                expires_at=expires_at,
                eligible=mark.eligible,
            )
        )
    return lifespans


def ended_before(lifespan: Lifespan, at: datetime) -> Lifespan:
    """The lifespan, ended by what followed it at ``at``."""
    # Instants are stored to the microsecond.
    end = at - MICROSECOND
    return replace(lifespan, expires_at=end, last_heartbeat_at=min(lifespan.last_heartbeat_at, end))


def redundant_marks(marks: Sequence[BeatMark]) -> list[int]:
    """The indices of beats, in order of time, without which `lifespans_of` lays the same.

    The first and the last beat never are. Also without only the first few of them it is the same.
    """
    redundant: list[int] = []
    kept = 0
    for index in range(1, len(marks) - 1):
        # The last one kept has to reach the following beat by itself.
        before, mark, following = marks[kept], marks[index], marks[index + 1]
        if (
            before.eligible == mark.eligible == following.eligible
            and following.at <= _good_until(before)
            # One that promises less than its neighbours would break the lifespan here: it has to
            # stay.
            and following.at <= _good_until(mark)
        ):
            redundant.append(index)
        else:
            kept = index
    return redundant


def _good_until(mark: BeatMark) -> datetime:
    return mark.at + timedelta(seconds=mark.good_for_seconds)
