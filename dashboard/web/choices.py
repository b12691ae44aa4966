"""What an address chooses: values that are read strictly, and what is said of a wrong one."""

from django.http import QueryDict

from scheduler.words.characters import beginning


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
    values = dict.fromkeys(query.getlist(name))
    if len(values) > 1:
        given = " and ".join(f"{name}={value}" for value in values)
        plain = " and ".join(f"“{beginning(value, 40)}”" for value in values)
        raise WrongChoice(
            f"{given} contradict each other",
            f"Give {name} once.",
            name,
            beside=f"{plain} contradict each other. Give one of them.",
        )
    return next(iter(values), None)
