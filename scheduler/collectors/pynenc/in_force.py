"""Since when a fleet goes by settings that were found to be others: as well as can be known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.collectors.pynenc.starts import Start
from scheduler.core.instants import MICROSECOND

# One start may fit by chance, or by a membership that was not seen well.
_STARTS_NEEDED = 2
_OLD, _NEW = (True, False), (False, True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is known of a change.

    ``before`` is since when the policy of before is in force, ``changed_at`` when the new settings
    were written (None: not known), ``at`` when we looked. ``is_anyone_there``: a runner is alive;
    ``first_started_at`` is when the first one was started after both (None: none was). ``starts``,
    in order of time, say whether they fit the policy of before, and the new one.
    """

    before: datetime
    changed_at: datetime | None
    at: datetime
    is_anyone_there: bool
    first_started_at: datetime | None
    starts: Sequence[Start]

    @property
    def is_dated(self) -> bool:
        """Whether the settings are news: written after the policy of before came into force."""
        return self.changed_at is not None and self.changed_at > self.before


def in_force_since(found: Found) -> datetime | None:
    """The instant from which the fleet goes by the new settings; None while it does not yet.

    A runner reads its settings when it starts: they hold from the first one that was started after
    they were written. Where that is not known, from the first start that fits no others.
    """
    if found.is_dated and found.first_started_at is not None:
        return found.first_started_at
    first = _first_fitting(found)
    if first is not None:
        return first
    if found.is_dated and found.is_anyone_there:
        return None
    # Nothing says since when: after whatever still went by the settings of before.
    old = (start.at + MICROSECOND for start in found.starts if start.fits == _OLD)
    return max([found.first_started_at or found.at, *old])


def _first_fitting(found: Found) -> datetime | None:
    """By the starts that fit the new settings alone, if they are more than those of the old."""
    new = [start for start in found.starts if start.fits == _NEW]
    if len(new) < _STARTS_NEEDED:
        return None
    old = [start.at for start in found.starts if start.fits == _OLD]
    # As many went by the old ones later: those that fit the new fit them by chance.
    if sum(at > new[0].at for at in old) >= len(new):
        return None
    # Its runner went by them since it was started, unless others show that this was before.
    last_old = max((at for at in old if at < new[0].at), default=found.before)
    began = new[0].first_seen_at
    return began if began > max(found.before, last_old) else new[0].at
