"""What is refused, by kinds: pages, commands and programs each tell a kind in one place.

Every error of a room is one of these, and its text is a sentence that says what was wrong and what
would be right. (What is wrong with a policy is the core's own `InvalidPolicy`.)
"""


class SlotwatchError(Exception):
    """Something was refused; nothing was stored of it."""


class NotFound(SlotwatchError, LookupError):
    """There is nothing of this name."""


class Invalid(SlotwatchError, ValueError):
    """A value can't be what it was told as."""


class Conflict(SlotwatchError, ValueError):
    """It can't be with what is there already."""


class WrongMode(SlotwatchError, ValueError):
    """A service of the other mode takes this, coordinated or observed."""


class Refused(SlotwatchError):
    """It can't begin or go on, and trying again won't help; the message says what to do."""


class Unavailable(SlotwatchError):
    """Something did not answer: ``what`` it was and ``why``, both for people. Try again later."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why
