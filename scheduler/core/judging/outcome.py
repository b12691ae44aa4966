"""How a cycle went, in one word; how it is told is in outcomes.py."""

from enum import StrEnum


class Outcome(StrEnum):
    """What a cycle came to, over all of its windows and runs."""

    SERVED = "served"
    PARTIAL = "partial"
    EMPTY = "empty"
    FAILED = "failed"
    BLOCKED = "blocked"
    STUCK = "stuck"
    IN_PROGRESS = "in_progress"
    UNKNOWN = "unknown"
