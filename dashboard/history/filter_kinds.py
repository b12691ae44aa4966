"""The kinds of filters: how each reads its values, writes them into addresses, and says them.

They are classes of our own, and no schema of pydantic's or form of Django's: to read a value takes
the services, the clock and the zone of the page, and what is said of a wrong one is a sentence with
what would be right, so that of either library only errors would be left, to be translated.
"""

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, tzinfo
from itertools import chain
from typing import Any

from django.http import QueryDict

from dashboard.text.signals import Signal
from dashboard.text.typed_times import FORMS, WrongTime, typed_time
from dashboard.text.words import TimeWords, duration
from dashboard.web.addresses import cycle_address
from dashboard.web.choices import (
    WrongChoice,
    either,
    given_once,
    given_text,
    given_values,
    known_value,
)
from scheduler.cycles.spans import cycle_span_at, cycle_start_at
from scheduler.door import can_be_looked_up
from scheduler.fleet.known_runners import runners_called
from scheduler.history.conditions import is_any_called
from scheduler.history.filters import VALUES_AT_MOST
from scheduler.models import Runner, Service
from scheduler.words.characters import beginning

TEXT_LENGTH = 200
# float() would take nan, 1e9 and -1 as well. Durations are kept to the microsecond.
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")

type Values = tuple[str, ...]
type Names = Mapping[str, str]
type Choices = Mapping[str, str | Signal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What an address says of the history of these services; a time without a zone is in `zone`,
    and `origins` are those that can be asked for."""

    query: QueryDict
    services: Sequence[Service]
    origins: Values
    now: datetime
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Told:
    """What an address tells: fields of a `HistoryFilter`, and the values as every address writes
    them: as they mean the same to everybody."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    values: Values = ()


# Each is itself, and no value to compare: what is drawn of one is kept by it.
@dataclass(frozen=True, slots=True, eq=False)
class Filter(ABC):
    """A parameter, and the ``field`` of a `HistoryFilter` that it asks by.

    ``word`` names it on its chip, and ``label`` on the form where that is another; there it stands
    under ``legend``, with its ``placeholder``. ``is_of_runs``: no block has it.
    """

    name: str
    word: str
    field: str
    legend: str
    _: KW_ONLY
    label: str = ""
    placeholder: str = ""
    is_of_runs: bool = False

    # How _fields.html draws it, which keyboard and picker it wants, and whether what is wrong with
    # it stands beside it.
    widget = "text"
    inputmode = "text"
    has_picker = False
    is_typed = True

    @abstractmethod
    def read(self, address: Address) -> Told:
        """What an address tells; nothing where it is silent.

        Raises:
            WrongChoice: a value is none that could be asked for.
        """

    def said(self, value: str, names: Names, words: TimeWords) -> str:
        """A value on a chip; ``names`` are those of runners, by runner id."""
        return value

    def choices(self, chosen: Values, origins: Values) -> Choices:
        """What is listed to be chosen, with its words, where these are chosen on a page that has
        these origins."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ticked(Filter):
    """Some of the values that are known, each with its word."""

    known: Choices
    typed: Callable[[str], Any] = str

    widget = "ticks"
    is_typed = False

    def read(self, address: Address) -> Told:
        values = given_values(address.query, self.name, at_most=VALUES_AT_MOST)
        for value in values:
            known_value(value, self.name, tuple(self.choices((), address.origins)))
        return Told({self.field: tuple(map(self.typed, values))}, values)

    def said(self, value: str, names: Names, words: TimeWords) -> str:
        word = self.known[value]
        return word.word if isinstance(word, Signal) else word.lower()

    def choices(self, chosen: Values, origins: Values) -> Choices:
        return self.known


class Origins(Ticked):
    """Where a row comes from: of those that the page has."""

    def choices(self, chosen: Values, origins: Values) -> Choices:
        return {each: self.known[each] for each in origins}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texts(Filter):
    """What fleets tell: some of it is listed, and any other can be typed.

    White space at the edges belongs to it where rows of before have some.
    """

    listed: Values
    words: Callable[[str], str]

    widget = "ticks_and_text"
    is_typed = False

    def read(self, address: Address) -> Told:
        # Asked both ways: blanks are typed by accident, and a link from a row of before has those
        # that the row has.
        values = _texts(address.query, self.name)
        return Told({self.field: _told_or_typed(values)}, values)

    def said(self, value: str, names: Names, words: TimeWords) -> str:
        return self.words(value)

    def choices(self, chosen: Values, origins: Values) -> Choices:
        return {each: self.words(each) for each in dict.fromkeys((*self.listed, *chosen))}


class Runners(Filter):
    """Runners that are known, by their ids; they are looked for as one types."""

    widget = "runners"

    def read(self, address: Address) -> Told:
        values = _texts(address.query, self.name)
        # An id has a row in each service that it was seen in, and all of them are meant.
        called = defaultdict[str, list[Runner]](list)
        for runner in runners_called(address.services, _told_or_typed(values)):
            called[runner.runner_id].append(runner)
        # The exact id first: with its blanks it may be that of another runner of before.
        found = [called.get(value) or called.get(value.strip(), []) for value in values]
        for value, runners in zip(values, found, strict=True):
            # Blanks alone are an empty field, unless somebody is called so.
            if value.strip() and not runners:
                raise WrongChoice(
                    f"No runner “{value}” is known",
                    f"Write {self.name} in full, as the pages of the runners show it.",
                    self.name,
                )
        every = tuple(chain.from_iterable(found))
        return Told({self.field: every}, tuple(dict.fromkeys(each.runner_id for each in every)))

    def said(self, value: str, names: Names, words: TimeWords) -> str:
        return names.get(value, value)


class RunId(Filter):
    """A run id, or its beginning: with the white space at its edges where a run has that."""

    def read(self, address: Address) -> Told:
        value = given_once(address.query, self.name) or ""
        _check_text(self.name, value)
        typed = value.strip()
        # The index of run ids is asked only where there are blanks to decide about.
        exact = value if value != typed and is_any_called(address.services, value) else typed
        return Told({self.field: exact}, (exact,) if exact else ())


class Single(Filter):
    """One value, and none of the white space around it."""

    def read(self, address: Address) -> Told:
        value = given_text(address.query, self.name)
        return self.told(value, address) if value else Told()

    @abstractmethod
    def told(self, value: str, address: Address) -> Told:
        """As `read`, of this value."""


class Answer(Single):
    """Whether blocks are acknowledged: yes or no."""

    widget = "select"
    is_typed = False

    def told(self, value: str, address: Address) -> Told:
        known_value(value, self.name, tuple(self.choices((), ())))
        return Told({self.field: value == "yes"}, (value,))

    def choices(self, chosen: Values, origins: Values) -> Choices:
        return {"yes": "Acknowledged", "no": "Not yet"}


class Seconds(Single):
    """A length of time."""

    inputmode = "decimal"

    def told(self, value: str, address: Address) -> Told:
        if not _SECONDS.fullmatch(value):
            raise WrongChoice(
                f"{self.name}={value} is not a duration",
                f"Write seconds in digits: {self.name}=1.5.",
                self.name,
                # The page repeats what was sent, but never the whole of a long one.
                beside=f"“{beginning(value, 40)}” is not a duration. Write seconds in digits: 1.5.",
            )
        return Told({self.field: float(value)}, (value,))

    def said(self, value: str, names: Names, words: TimeWords) -> str:
        return duration(float(value))


class Instant(Single):
    """A time as somebody types it: one that moves along with the clock is written as it is."""

    has_picker = True

    def told(self, value: str, address: Address) -> Told:
        try:
            at = typed_time(value, now=address.now, zone=address.zone)
        except WrongTime as wrong:
            forms = either(f"{self.name}={form}" for form, _ in FORMS)
            plain = either(form for form, _ in FORMS)
            raise WrongChoice(
                *(f"{self.name}: {wrong}", f"Write {forms}.", self.name),
                beside=f"{wrong} Write {plain}.",
            ) from wrong
        # "now-6h" stays so, and a link with it moves along; a time of day would be another instant
        # tomorrow, or in another zone.
        written = value if _moves_along(value) else cycle_address(at)
        return Told(self.bounds(value, at, address), (written,))

    def bounds(self, value: str, at: datetime, address: Address) -> Mapping[str, datetime]:
        """The fields that the instant which is typed so bounds."""
        return {self.field: at}

    def said(self, value: str, names: Names, words: TimeWords) -> str:
        return value if _moves_along(value) else words.full(datetime.fromisoformat(value))


class Cycle(Instant):
    """A cycle of the only service, by its start."""

    def bounds(self, value: str, at: datetime, address: Address) -> Mapping[str, datetime]:
        if len(address.services) != 1:
            raise WrongChoice(
                f"{self.name} needs one service",
                "Each has cycles of its own: ask in the history of one.",
                self.name,
            )
        (service,) = address.services
        try:
            span = cycle_span_at(service, at)
        except ValueError as error:
            right = cycle_address(cycle_start_at(service, at))
            raise WrongChoice(
                f"{self.name}={value} is not the start of a cycle",
                f"The cycle of that time begins at {right}.",
                self.name,
                beside=f"No cycle begins then. The cycle of that time begins at {right}.",
            ) from error
        # Bounds on starts alone: what only reaches into the cycle belongs to the one it began in.
        return {self.field: span.start, "began_until": span.end}


def _moves_along(value: str) -> bool:
    return value.lower().startswith("now")


def _texts(query: QueryDict, name: str) -> Values:
    # Blanks are kept here: only who reads a value knows whether they belong to it.
    values = given_values(query, name, at_most=VALUES_AT_MOST, is_exact=True)
    for value in values:
        _check_text(name, value)
    return values


def _told_or_typed(values: Values) -> Values:
    """The values as they are, and without the white space that may have been typed around them."""
    return tuple(filter(None, dict.fromkeys((*values, *map(str.strip, values)))))


def _check_text(name: str, value: str) -> None:
    if len(value) > TEXT_LENGTH or not can_be_looked_up(value):
        raise WrongChoice(
            # In ASCII: a NUL, and what else can't be seen, is written out.
            f"{name}={value[:50]!a}… can't be one",
            f"Write at most {TEXT_LENGTH} characters, and no NUL.",
            name,
            beside=f"This has {len(value):,} characters or a NUL: write at most {TEXT_LENGTH}.",
        )
