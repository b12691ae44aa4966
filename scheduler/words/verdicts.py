"""What became of a window, in words: what the name of its verdict and its reason don't say yet."""

from datetime import timedelta

from scheduler.core.judging.verdicts import SlotVerdict, Verdict, startable_end
from scheduler.core.reasons import WindowReason
from scheduler.core.timeline import LaneSlot
from scheduler.words.numbers import count, reckoned
from scheduler.words.windows import too_many


def verdict_detail(verdict: SlotVerdict) -> str:
    """A few words, without a stop."""
    slot = verdict.slot
    if slot is None:
        return "" if verdict.no_window is None else too_many(verdict.no_window)
    if verdict.verdict in (Verdict.SERVED, Verdict.ABANDONED):
        return _started(verdict, slot)
    if verdict.verdict is Verdict.BLOCKED and verdict.recorded:
        return _refused(verdict, slot)
    if verdict.reason == WindowReason.ALREADY_SERVED and verdict.at is not None:
        return f"had started {_seconds(slot.start - verdict.at)} before it"
    return ", ".join(filter(None, (_how(verdict, slot), startable_words(slot))))


def startable_words(slot: LaneSlot) -> str:
    """How much of its window is the startable part."""
    length = max(startable_end(slot) - slot.start, timedelta())
    return f"startable for {_seconds(length)} of {_window(slot)}"


def _how(verdict: SlotVerdict, slot: LaneSlot) -> str:
    """Why nobody started in it."""
    if verdict.verdict is Verdict.BLOCKED:
        return "refused throughout"
    if verdict.verdict is Verdict.UNKNOWN and verdict.is_over:
        return "not watched throughout"
    if verdict.reason == WindowReason.REPLANNED:
        return "laid too late" if startable_end(slot) <= slot.start else "cut short"
    return ""


def _started(verdict: SlotVerdict, slot: LaneSlot) -> str:
    at, ended_at = verdict.at or slot.start, verdict.ended_at
    words = f"started {_seconds(at - slot.slot_start)} into {_window(slot)}"
    if verdict.abandoned_before:
        words += f" after {count(verdict.abandoned_before, 'abandoned run')}"
    if ended_at is not None:
        words += f", ran for {_seconds(ended_at - at)}"
    if verdict.reason != WindowReason.OVERRAN:
        return words
    if ended_at is None:
        return f"{words}, and goes on past its end"
    # From the window's end; the incident counts from behind the margin (docs/timeline.md).
    return f"{words}, overran by {_seconds(ended_at - slot.slot_end)}"


def _refused(verdict: SlotVerdict, slot: LaneSlot) -> str:
    at = verdict.at or slot.start
    into = f"refused {_seconds(at - slot.slot_start)} into {_window(slot)}"
    repeats = f", {verdict.attempts:,} times in the cycle"
    return into + repeats if verdict.attempts > 1 else into


def _window(slot: LaneSlot) -> str:
    return f"its {_seconds(slot.slot_end - slot.slot_start)} window"


def _seconds(length: timedelta) -> str:
    return reckoned(length.total_seconds())
