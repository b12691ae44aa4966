"""What does not answer, or refuses: how long-lived processes say so, and when they try again."""

LONGEST_BACKOFF_SECONDS = 30.0


class Refused(Exception):
    """It can't begin or go on, and trying again won't help; the message says what to do."""


class Unavailable(Exception):
    """Something did not answer: ``what`` it was and ``why``, both for people. Try again later."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why


def pause_seconds(every_seconds: float, failures: int) -> float:
    """The pause before the next try: doubled for each failure in a row, up to half a minute."""
    # The exponent is capped as well: an outage of days must not overflow it.
    doubled: int = 2 ** min(failures, 10)
    return min(every_seconds * doubled, max(every_seconds, LONGEST_BACKOFF_SECONDS))


def one_line(error: BaseException) -> str:
    """An exception as one line: its type and what it says."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
