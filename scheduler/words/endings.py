"""Why a run was ended by somebody else, in words."""

from scheduler.core.reasons import EndReason

ENDINGS: dict[EndReason, str] = {
    EndReason.RUNNER_DEAD: "its runner was no longer heard",
    EndReason.OUTCOME_UNKNOWN: "nobody told how it ended",
}


def ending(reason: str, other: str | None = None) -> str:
    """The reason in words; of one that a fleet made up, itself or the ``other`` text."""
    if reason in set(EndReason):
        return ENDINGS[EndReason(reason)]
    return reason if other is None else other
