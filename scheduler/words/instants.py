"""Instants as commands, logs and stored texts say them: in UTC, whatever zone they come in."""

from datetime import UTC, datetime


def utc(at: datetime) -> str:
    """``2026-01-31 14:05:09 UTC``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def utc_time(at: datetime) -> str:
    """``14:05:09 UTC``, where the day goes without saying."""
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"
