"""What an address chooses: values that are read strictly, and what is said of a wrong one."""

from django.http import QueryDict


class WrongChoice(ValueError):
    """A part of the address that is no choice: ``what`` is wrong, and ``then`` what is right."""

    def __init__(self, what: str, then: str) -> None:
        super().__init__(what, then)
        self.what = what
        self.then = then


def given_once(query: QueryDict, name: str) -> str | None:
    """The value of a parameter that has one, however often it is given; None without it."""
    values = dict.fromkeys(query.getlist(name))
    if len(values) > 1:
        given = " and ".join(f"{name}={value}" for value in values)
        raise WrongChoice(f"{given} contradict each other", f"Give {name} once.")
    return next(iter(values), None)
