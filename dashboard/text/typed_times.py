"""A time as somebody types it into a page: few forms, and no guessing.

A guess would lead to the wrong cycle without a word: what is not understood, did not exist or came
twice is refused, and the refusal says what would be right.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from dashboard.text.words import zone_label

# Each with what it means, for whoever types.
FORMS = (
    ("14:05", "the latest that is past"),
    ("14:05 yesterday", "or today"),
    ("2026-11-24 03:00", "in the zone of the page"),
    ("2026-11-24T03:00:00Z", "with a zone of its own, or an offset: +01:00"),
    ("14:00 – 15:00 UTC", "as the pages write an interval: its beginning"),
    ("now-6h", "so long ago, in s, m, h and d: now-1d12h"),
)
# Around the ends of the calendar there is no room for a cycle.
YEARS = range(1970, 9999)
_YEARS_SAID = f"Years go from {YEARS[0]} to {YEARS[-1]} here."
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DAY = r"today|yesterday|\d{4}-\d\d-\d\d"
# Six digits: one length can't overflow; many can, which _ago refuses. ASCII, for `\d` would take
# the digits of any script.
_AGO = re.compile(r"now(?:-((?:\d{1,6}[smhd])+))?", re.IGNORECASE | re.ASCII)
_TIME = re.compile(
    rf"(?:(?P<before>{_DAY})(?: |(?<=\d)T))?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?"
    r"(?: ?(?P<zone>Z|UTC|(?:UTC)?(?P<sign>[+−-])(?P<hours>\d\d):?(?P<minutes>\d\d)"
    r"(?::(?P<seconds>\d\d))?))?"
    rf"(?: (?P<after>{_DAY}))?",
    re.IGNORECASE | re.ASCII,
)
# As the pages write it: the offset once, at the end, where it is that of the beginning too.
_RANGE = re.compile(r"(?P<start>.+?)(?: ?[–—] ?| - )(?P<end>.+?)(?: \([^)]*\))?")
_DAY_ALONE = re.compile(_DAY, re.IGNORECASE | re.ASCII)


class WrongTime(ValueError):
    """Nothing that is understood as one instant; the message says why."""


def typed_time(typed: str, *, now: datetime, zone: tzinfo) -> datetime:
    """The instant that is meant, in UTC: of a time of day without a day the latest that is past.

    Args:
        zone: that of what is typed without one, and of ``today``.

    Raises:
        WrongTime: it is none of the FORMS, or that time did not exist, or came twice.
    """
    # What is copied from a page may have line breaks and odd blanks in it.
    text = " ".join(typed.split())
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return _ago(ago[1] or "", now)
    between = _RANGE.fullmatch(text)
    parts = _parts(between["start"] if between else text, text)
    end = _parts(between["end"], text) if between else parts
    # Pages write the offset of an interval once, at its end, unless its ends have two.
    own_zone = _zone(parts) or _zone(end) or zone
    clock = _clock(parts)
    # Before or after the time of day: people write both.
    day = (parts["before"] or parts["after"] or "").lower()
    if not day:
        return _latest(clock, now, own_zone)
    at = _only(datetime.combine(_date(day, now, own_zone), clock), own_zone)
    # Written in UTC it must be one of these years, too: so it stands in addresses.
    _check_year(at.date())
    return at


def _parts(text: str, whole: str) -> re.Match[str]:
    parts = _TIME.fullmatch(text)
    if parts is None or (parts["before"] and parts["after"]):
        raise WrongTime(_not_understood(whole))
    return parts


def _not_understood(text: str) -> str:
    if not text:
        return "Write a time."
    if _DAY_ALONE.fullmatch(text):
        return f"“{text}” is a whole day: write a time of day too, such as {text} 14:05."
    return f"“{text}” is not understood as a time."


def _ago(lengths: str, now: datetime) -> datetime:
    length = timedelta()
    try:
        for number, unit in re.findall(r"(\d+)([a-z])", lengths.lower()):
            length += timedelta(**{_UNITS[unit]: int(number)})
        at = now.astimezone(UTC) - length
    except OverflowError:
        raise WrongTime(_YEARS_SAID) from None
    _check_year(at.date())
    return at


def _zone(parts: re.Match[str]) -> tzinfo | None:
    if not parts["zone"]:
        return None
    if not parts["sign"]:
        return UTC
    hours, minutes, seconds = (int(parts[name] or 0) for name in ("hours", "minutes", "seconds"))
    if hours > 23 or minutes > 59 or seconds > 59:
        raise WrongTime(f"There is no offset of {parts['zone']}.")
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return timezone(offset if parts["sign"] == "+" else -offset)


def _clock(parts: re.Match[str]) -> time:
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        said = ":".join(filter(None, parts.group("hour", "minute", "second")))
        raise WrongTime(
            f"There is no {said}: hours go from 0 to 23, minutes and seconds from 0 to 59."
        )
    # ".25" is a quarter of a second: digits that are not written are zeros on the right.
    return time(hour, minute, second, int((parts["fraction"] or "").ljust(6, "0")))


def _date(day: str, now: datetime, zone: tzinfo) -> date:
    today = now.astimezone(zone).date()
    if day in ("today", "yesterday"):
        return today - timedelta(days=day == "yesterday")
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise WrongTime(f"There is no {day} in the calendar.") from None
    _check_year(found)
    return found


def _check_year(day: date) -> None:
    if day.year not in YEARS:
        raise WrongTime(_YEARS_SAID)


def _latest(clock: time, now: datetime, zone: tzinfo) -> datetime:
    today = now.astimezone(zone).date()
    # No clock is put forward over the same time of day twice in a row.
    days = (today - timedelta(days=days) for days in range(3))
    every = (at for day in days for at in _instants(datetime.combine(day, clock), zone))
    return max(at for at in every if at <= now)


def _only(local: datetime, zone: tzinfo) -> datetime:
    found = _instants(local, zone)
    day, clock = local.date(), local.time().isoformat()
    if not found:
        raise WrongTime(
            f"There was no {clock} on {day} in {zone}: the clocks were put forward over it."
        )
    if len(found) > 1:
        forms = " or ".join(f"{day} {clock} {zone_label(zone, at)}" for at in found)
        raise WrongTime(f"{clock} came twice on {day} in {zone}: write {forms}.")
    return found[0]


def _instants(local: datetime, zone: tzinfo) -> list[datetime]:
    """The instants at which the clocks of a zone show this: one, none, or two."""
    # A time that clocks were put forward over comes back from UTC as another: it drops out. Where
    # clocks are not changed both folds are one instant, and the set has it once.
    both = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return sorted({at for at in both if at.astimezone(zone).replace(tzinfo=None) == local})
