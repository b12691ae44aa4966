"""A filter with values that are none: its form with what was typed, and what is wrong beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from dashboard.history.filter_bar import FilterBar, Wrong
from dashboard.history.query import HistoryQuery
from dashboard.text.words import TimeWords
from dashboard.web.choices import WrongChoice
from dashboard.web.chrome import Chrome

# The fields hold no more.
_TYPED_AT_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongFilterPage:
    """Instead of the page ``what`` of the service ``name``; nothing of it is read."""

    chrome: Chrome
    what: str
    name: str
    words: TimeWords
    filters: FilterBar
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFilter:
    """As much of a query as could be read, and what is wrong with the rest, by parameter."""

    query: HistoryQuery
    wrong: Mapping[str, WrongChoice]

    @classmethod
    def whole(cls, query: HistoryQuery) -> Self:
        """One in which nothing is wrong."""
        return cls(query=query, wrong={})

    def beside(self, given: QueryDict) -> Mapping[str, Wrong]:
        """What was typed for each wrong parameter, and what is wrong with it."""
        return {
            name: (given.get(name, "")[:_TYPED_AT_MOST], wrong.beside)
            for name, wrong in self.wrong.items()
        }

    def sentences(self, bar: FilterBar) -> tuple[str, ...]:
        """What is wrong and has no field to say it beside, each once."""
        typed = {each.of.name for each in bar.fields if each.of.is_typed}
        homeless = (wrong for name, wrong in self.wrong.items() if name not in typed)
        return tuple(dict.fromkeys(wrong.beside for wrong in homeless))


def read_filter(given: QueryDict, read: Callable[[QueryDict], HistoryQuery]) -> ReadFilter:
    """Read what can be read.

    Raises:
        WrongChoice: it is not about parameters that could be left out.
    """
    rest, wrong = given.copy(), dict[str, WrongChoice]()
    while True:
        try:
            return ReadFilter(query=read(rest), wrong=wrong)
        except WrongChoice as error:
            known = [name for name in error.names if name in rest]
            if not known:
                raise
            for name in known:
                wrong[name] = error
                del rest[name]


def wrong_filter(request: HttpRequest, page: WrongFilterPage) -> HttpResponse:
    """The page, with its status."""
    return render(request, "dashboard/history/wrong_filter.html", {"page": page}, status=400)
