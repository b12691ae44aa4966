"""What does not answer, or refuses: how long-lived processes say so, and when they try again."""

# What is back is noticed within five seconds: a try that was begun just before may take two more to
# see that it failed (slotwatch.databases).
LONGEST_PAUSE_SECONDS = 2.5


def pause_seconds(
    every_seconds: float, failures: int, *, longest_seconds: float = LONGEST_PAUSE_SECONDS
) -> float:
    """The pause before the next try: doubled for each failure in a row, up to the longest.

    Who looks less often than that while all is well looks more often until it is well again.
    """
    if failures == 0:
        return every_seconds
    # The exponent is capped as well: an outage of days must not overflow it.
    doubled: int = 2 ** min(failures, 10)
    return min(every_seconds * doubled, longest_seconds)


def one_line(error: BaseException) -> str:
    """An exception as one line: its type and what it says."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
