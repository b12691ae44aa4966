"""What kind of value it is at all, and how a wrong one is quoted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from scheduler.errors import Invalid

_QUOTED = 50
# Longer ones can't even be written as digits.
_DIGITS_IN_BITS = 200


class Unacceptable(Invalid):
    """A value from outside that can't be taken: what was wrong, and what would be right."""


@contextmanager
def refusing(kind: Callable[[str], Exception], before: str = "") -> Iterator[None]:
    """Within it, what is `Unacceptable` is told as this kind of error, in a sentence."""
    try:
        yield
    except Unacceptable as wrong:
        raise kind(f"{before}{wrong}.") from None


def quoted(value: object) -> str:
    """A wrong value as a message shows it, whatever it is: short, and in ASCII."""
    if isinstance(value, str):
        more = "…" if len(value) > _QUOTED else ""
        # A subclass may say anything of itself; its characters are what came.
        return f"{str.__str__(value)[:_QUOTED]!a}{more}"
    if isinstance(value, int) and not isinstance(value, bool):
        is_long = value.bit_length() > _DIGITS_IN_BITS
        return f"a number of {value.bit_length():,} bits" if is_long else f"{int(value):,}"
    if value is None or isinstance(value, bool | float):
        return f"{value}"
    return f"a {type(value).__name__}"


def flag(what: str, value: object) -> bool:
    """True or False, and nothing that only counts as such."""
    if isinstance(value, bool):
        return value
    raise Unacceptable(f"{what} must be True or False, not {quoted(value)}")


def choice[Choice: StrEnum](what: str, value: object, known: type[Choice]) -> Choice:
    """One of the values of an enum, or its text."""
    if type(value) is known:
        return value
    if isinstance(value, str):
        for each in known:
            if each.value == value:
                return each
    options = [each.value for each in known]
    said = f"{', '.join(options[:-1])} or {options[-1]}"
    raise Unacceptable(f"{what} must be {said}, not {quoted(value)}")


def instance[Kind](what: str, value: object, kind: type[Kind]) -> Kind:
    """An object of this class."""
    if isinstance(value, kind):
        return value
    raise Unacceptable(f"{what} must be a {kind.__name__}, not {quoted(value)}")


def plain_text(what: str, value: Any) -> str:
    """A text as Python's own class: what drivers do with others, they do not say."""
    if type(value) is str:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    raise Unacceptable(f"{what} must be a text, not {quoted(value)}")
