"""The filter of the history as a form: what is chosen, what can be, and how to be rid of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboard.history.default_range import ALL_TIME, DEFAULT_FROM, PRESETS
from dashboard.history.filter_kinds import Filter, Values
from dashboard.history.filters import CYCLE, FILTERS, FROM, LEGENDS, RUNNER, TO
from dashboard.history.lists import Asked
from dashboard.history.query import HistoryQuery
from dashboard.text.signals import Signal
from dashboard.text.typed_times import FORMS
from dashboard.text.words import TimeWords

# What was typed for a parameter, and what is wrong with it.
type Wrong = tuple[str, str]
NOTHING_WRONG: Mapping[str, Wrong] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One value of the filter, and the address without it."""

    name: str
    word: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value to choose, with the mark of its ``signal`` where it has one."""

    value: str
    word: str
    is_chosen: bool
    signal: Signal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    word: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A filter ``of`` the form, with its value as a text; ``error`` says what is wrong with it."""

    of: Filter
    value: str
    options: tuple[Option, ...]
    error: str

    @property
    def word(self) -> str:
        return self.of.label or self.of.word


@dataclass(frozen=True, slots=True, kw_only=True)
class Fieldset:
    """Fields under a legend, whose ``note`` is explained by ``title``."""

    legend: str
    note: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterBar:
    """The form. ``hidden`` are the parameters that it keeps: those without a field of their own."""

    path: str
    runners_url: str
    fieldsets: tuple[Fieldset, ...]
    presets: tuple[Preset, ...]
    hidden: tuple[tuple[str, str], ...]
    chips: tuple[Chip, ...]
    clear_url: str
    is_wrong: bool

    @property
    def fields(self) -> Iterator[Field]:
        return (each for group in self.fieldsets for each in group.fields)

    @property
    def has_errors(self) -> bool:
        """Whether a field says what is wrong with it."""
        return any(each.error for each in self.fields)


def filter_bar(
    asked: Asked, names: Mapping[str, str], wrong: Mapping[str, Wrong] = NOTHING_WRONG
) -> FilterBar:
    """The form of a list's filter.

    Args:
        names: what runners are called, by runner id.
        wrong: the parameters with a wrong value.
    """
    query, path, kind, linked = asked.query, asked.path, asked.kind, asked.kind.linked
    presets = tuple(_presets(query, path))
    # What a preset says needs no chip.
    if any(each.is_current for each in presets):
        linked = (*linked, FROM, TO)
    chips = tuple(_chips(query, path, names, asked.words, linked))
    # One cycle can be asked for in one service; blocks have no other status, and no duration.
    shown = [
        _field(each, query, kind.origins, wrong)
        for each in FILTERS
        if (asked.visit.slug or each.name != CYCLE) and not (kind.is_of_blocks and each.is_of_runs)
    ]
    fieldsets = tuple(_fieldsets(shown, asked.words))
    # Runners are found by a search in a form of its own: the chosen ones go along hidden, as order
    # and zone do, or sending the form would lose them.
    drawn = {each.of.name for group in fieldsets for each in group.fields} - {RUNNER}
    return FilterBar(
        path=path,
        # Without the page's cursor: a runner that is found leads to a first page.
        runners_url=asked.url("runners") + query.query(),
        fieldsets=fieldsets,
        presets=presets,
        hidden=tuple(pair for pair in query.given if pair[0] not in drawn),
        chips=chips,
        clear_url=path + query.unfiltered() if chips else "",
        is_wrong=bool(wrong),
    )


def _chips(
    query: HistoryQuery,
    path: str,
    names: Mapping[str, str],
    words: TimeWords,
    linked: Collection[str],
) -> Iterator[Chip]:
    filters = {each.name: each for each in FILTERS if each.name not in linked}
    for name, value in query.given:
        if each := filters.get(name):
            word, href = each.said(value, names, words), path + query.without(name, value)
            yield Chip(name=each.word, word=word, href=href)


def _field(each: Filter, query: HistoryQuery, origins: Values, wrong: Mapping[str, Wrong]) -> Field:
    # What was typed is shown again though it is wrong: there it can be mended.
    value, error = wrong.get(each.name, (query.value(each.name), ""))
    chosen = query.values(each.name)
    options = tuple(
        Option(
            value=known,
            word=said.word if isinstance(said, Signal) else said,
            is_chosen=known in chosen,
            signal=said if isinstance(said, Signal) else None,
        )
        for known, said in each.choices(chosen, origins).items()
    )
    return Field(of=each, value=value, options=options, error=error if each.is_typed else "")


def _fieldsets(every: Sequence[Field], words: TimeWords) -> Iterator[Fieldset]:
    notes = {"Time": words.label, "Duration": "seconds"}
    titles = {"Time": " · ".join(example for example, _ in FORMS)}
    for legends in LEGENDS:
        fields = tuple(each for each in every if each.of.legend in legends)
        if fields:
            # Blocks have no duration: their fieldset is called by what is left of it, the run.
            legend = fields[0].of.legend
            note, title = notes.get(legend, ""), titles.get(legend, "")
            yield Fieldset(legend=legend, note=note, title=title, fields=fields)


def _presets(query: HistoryQuery, path: str) -> Iterator[Preset]:
    now = tuple(query.value(name) for name in (FROM, TO, CYCLE))
    # An address that names no time means the last day: that button is the pressed one.
    now = now if any(now) else (DEFAULT_FROM, "", "")
    ranges = ((word, since, "") for word, since in PRESETS)
    for word, since, until in (*ranges, ("All", "", ALL_TIME)):
        # A cycle is a time too, and would go on narrowing the range that is chosen here.
        times = {FROM: since, TO: until, CYCLE: ""}
        changes = {name: (value,) if value else () for name, value in times.items()}
        yield Preset(
            word=word,
            href=path + query.query(changes),
            is_current=now == tuple(times.values()),
        )
