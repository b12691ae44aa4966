"""Why a run was ended by somebody else, in words."""

from scheduler.core.reasons import EndReason

ENDINGS: dict[EndReason, str] = {
    EndReason.RUNNER_DEAD: "its runner was no longer heard",
    EndReason.OUTCOME_UNKNOWN: "nobody told how it ended",
}
# Plain strings are looked up in it: a fleet makes up its own.
_KNOWN = frozenset(EndReason)


def ending(reason: str, other: str | None = None) -> str:
    """The reason in words; of one that a fleet made up, itself or the ``other`` text."""
    if reason in _KNOWN:
        return ENDINGS[EndReason(reason)]
    return reason if other is None else other
