"""What an address chooses: values that are read strictly, and what is said of a wrong one."""

import re
from collections.abc import Iterable, Sequence

from django.http import QueryDict

from scheduler.words.characters import beginning

# int() would take "+5", "5_0", other scripts' digits, and a text as long as an address.
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class WrongChoice(ValueError):
    """A part of the address that is no choice: ``what`` is wrong, and ``then`` what is right.

    ``names`` are the parameters that it is about, where a form can show it beside their fields;
    ``beside`` is what it says there, without the words of an address.
    """

    def __init__(self, what: str, then: str, *names: str, beside: str = "") -> None:
        # What came in may be a megabyte.
        super().__init__(beginning(what), then)
        self.what = beginning(what)
        self.then = then
        self.names = names
        self.beside = beginning(beside) or f"{self.what.rstrip('.')}. {then}"


def given_once(query: QueryDict, name: str) -> str | None:
    """The value of a parameter that has one, however often it is given; None without it."""
    # The same value twice is no contradiction.
    values = dict.fromkeys(query.getlist(name))
    if len(values) > 1:
        # Django takes the last one without a word: half of what was asked would go unheard.
        given = " and ".join(f"{name}={value}" for value in values)
        plain = " and ".join(f"“{beginning(value, 40)}”" for value in values)
        raise WrongChoice(
            f"{given} contradict each other",
            f"Give {name} once.",
            name,
            beside=f"{plain} contradict each other. Give one of them.",
        )
    return next(iter(values), None)


def given_text(query: QueryDict, name: str) -> str:
    """The same without white space around it; nothing without it."""
    return (given_once(query, name) or "").strip()


def given_values(
    query: QueryDict, name: str, *, at_most: int, called: str = "", is_exact: bool = False
) -> tuple[str, ...]:
    """The values of a parameter that may have several, without empty ones and repeats.

    Args:
        called: what they are called; ``values of …`` if nothing else.
        is_exact: whether white space around a value belongs to it.
    """
    given = query.getlist(name)
    # A form sends its empty fields along: they ask for nothing.
    values = tuple(dict.fromkeys(filter(None, given if is_exact else map(str.strip, given))))
    if len(values) > at_most:
        raise WrongChoice(
            f"{len(values):,} {called or f'values of {name}'} are too many",
            f"Give {name} at most {at_most} times.",
            name,
        )
    return values


def known_value(value: str, name: str, known: Sequence[str]) -> str:
    """The value, which is one of those that are known."""
    if value not in known:
        raise WrongChoice(
            f"{name}={value} is not known",
            f"Write {either(f'{name}={each}' for each in known)}.",
            name,
        )
    return value


def given_number(query: QueryDict, name: str, *, at_most: int, default: int) -> int:
    """A number of rows, from 1 on."""
    value = given_text(query, name)
    if not value:
        return default
    if not is_number(value) or int(value) > at_most:
        raise WrongChoice(
            f"{name}={value} is not a number of rows",
            f"Write a number from 1 to {at_most}: {name}={default}.",
            name,
        )
    return int(value)


def is_number(value: str) -> bool:
    """Whether it is one from 1 on, in digits."""
    return _NUMBER.fullmatch(value) is not None


def either(said: Iterable[str]) -> str:
    """``a, b or c``."""
    *most, last = said
    return f"{', '.join(most)} or {last}" if most else last
