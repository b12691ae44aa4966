"""Lengths of time in words: one way to write each, wherever it is written."""

from datetime import timedelta


def duration(seconds: float) -> str:
    """``850 ms``, ``7.5 s``, ``1 m 20 s``, ``3 h 05 m``, ``1 d 0 h 04 m``; below zero as zero."""
    # Rounded once, before the unit is chosen: 59.9996 s is 1 m, not 60 s.
    milliseconds = round(max(seconds, 0.0) * 1000)
    if milliseconds == 0:
        return "0 s"
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".") + " s"
    whole = round(milliseconds / 1000)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} m {rest:02} s" if rest else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02} m" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    if minutes:
        return f"{days:,} d {hours} h {minutes:02} m"
    return f"{days:,} d {hours} h" if hours else f"{days:,} d"


def span(length: timedelta) -> str:
    """`duration` of a timedelta."""
    return duration(length.total_seconds())
