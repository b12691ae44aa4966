"""Why a start was refused, beside the name of the reason: one wording and one rounding for each."""

from datetime import timedelta

from scheduler.words.durations import duration, span
from scheduler.words.numbers import count, exact_percent


def late_words(
    fraction: float,
    *,
    attempts: int = 1,
    window: timedelta | None = None,
    limit: float | None = None,
) -> str:
    """``83.50 % of its window of 15 s was over (limit 66.00 %)``: as finely as the two may differ.
    A row of several attempts keeps how late the first of them was."""
    of = f"its window of {span(window)}" if window is not None else "its window"
    allowed = f" (limit {exact_percent(limit)})" if limit is not None else ""
    return f"{exact_percent(fraction)} of {of} was over{at_first(attempts)}{allowed}"


def at_first(attempts: int) -> str:
    """Of which attempt that is, where there were several."""
    return " at its first attempt" if attempts > 1 else ""


def limit_words(limit: float) -> str:
    """The same where nobody knows how late it was."""
    return f"too much of its window was over (limit {exact_percent(limit)})"


def margin_words(
    runner_count: int, *, margin: float | None = None, slot: float | None = None
) -> str:
    """``the margin of 1 m takes the whole slot of 1 m of each of 5 runners``; in seconds, where
    both are known."""
    each = f"each of {count(runner_count, 'runner')}"
    if margin is None or slot is None:
        return f"the margin takes the whole slot of {each}"
    return f"the margin of {duration(margin)} takes the whole slot of {duration(slot)} of {each}"


def grace_words(
    assigned: str, *, is_asker: bool = False, seen_for: str = "", grace: float | None = None
) -> str:
    """``host-3 was scheduled and too new (grace 1 m 30 s)``.

    Args:
        assigned: what the scheduled runner is called; empty where nobody knows who it was.
        is_asker: whether it asked itself.
        seen_for: for how long it had been heard of, where that is known.
    """
    name = "it was scheduled itself" if is_asker else f"{assigned} was scheduled"
    who = f"{name} and" if assigned else "the scheduled runner was"
    how = f"seen for {seen_for} only" if seen_for else "too new"
    allowed = f" (grace {duration(grace)})" if grace is not None else ""
    return f"{who} {how}{allowed}"
