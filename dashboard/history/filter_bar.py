"""The filter of the history as a form: what is chosen, what can be, and how to be rid of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dashboard.history.default_range import ALL_TIME, DEFAULT_FROM
from dashboard.history.query import (
    ACKNOWLEDGED,
    CYCLE,
    FILTERS,
    FROM,
    LIMIT,
    MAX_DURATION,
    MIN_DURATION,
    ORIGIN,
    REASON,
    RUN,
    RUNNER,
    SORT,
    STATUS,
    TO,
    ZONE,
    HistoryQuery,
)
from dashboard.text.signals import BLOCKED, STATUSES, Signal, blocked_reason
from dashboard.text.typed_times import FORMS
from dashboard.text.words import TimeWords, duration

PRESETS = (
    ("1 h", "now-1h"),
    ("6 h", "now-6h"),
    ("24 h", "now-24h"),
    ("7 d", "now-7d"),
    ("30 d", "now-30d"),
)
ORIGIN_WORDS = {
    "claimed": "Decided here",
    "reported": "Reported",
    "derived": "Derived",
}
_NAMES = {
    RUNNER: "Runner",
    STATUS: "Status",
    REASON: "Reason",
    ORIGIN: "Origin",
    FROM: "From",
    TO: "Before",
    CYCLE: "Cycle from",
    MIN_DURATION: "At least",
    MAX_DURATION: "At most",
    RUN: "Run id",
    ACKNOWLEDGED: "Acknowledged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One value of the filter, and the address without it."""

    name: str
    word: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One box to tick, with the mark of its ``signal`` where it has one."""

    value: str
    word: str
    is_chosen: bool
    signal: Signal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    word: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterBar:
    """The form. ``hidden`` are the parameters that it keeps: those without a field of their own.
    ``values`` are the texts of the fields by parameter, ``errors`` what is wrong with them."""

    path: str
    runners_url: str
    has_cycles: bool
    is_of_blocks: bool
    statuses: tuple[Option, ...]
    reasons: tuple[Option, ...]
    origins: tuple[Option, ...]
    acknowledged: tuple[Option, ...]
    presets: tuple[Preset, ...]
    values: Mapping[str, str]
    hidden: tuple[tuple[str, str], ...]
    chips: tuple[Chip, ...]
    clear_url: str
    forms: str
    errors: Mapping[str, str] = field(default_factory=dict)


def filter_bar(
    query: HistoryQuery,
    *,
    path: str,
    runners_url: str,
    names: Mapping[str, str],
    words: TimeWords,
    origins: Sequence[str],
    has_cycles: bool,
    is_of_blocks: bool = False,
) -> FilterBar:
    """The form of a page's filter.

    Args:
        names: what runners are called, by runner id.
        has_cycles: whether one cycle can be asked for: in one service.
        is_of_blocks: whether blocks alone are meant: no other status, and no duration.
    """
    presets = tuple(_presets(query, path))
    # What a preset says needs no chip.
    chosen = [name for name in FILTERS if name not in (FROM, TO) or not _is_one(presets)]
    chips = tuple(
        Chip(
            name=_NAMES[name],
            word=_chip_word(name, value, names, words),
            href=path + query.without(name, value),
        )
        for name, value in query.given
        if name in chosen
    )
    reasons = dict.fromkeys((*map(str, BLOCKED), *query.values(REASON)))
    return FilterBar(
        path=path,
        runners_url=runners_url,
        has_cycles=has_cycles,
        is_of_blocks=is_of_blocks,
        statuses=tuple(
            Option(
                value=status.value,
                word=signal.word,
                is_chosen=status.value in query.values(STATUS),
                signal=signal,
            )
            for status, signal in STATUSES.items()
            if not is_of_blocks
        ),
        reasons=_options(query, REASON, {each: blocked_reason(each) for each in reasons}),
        origins=_options(query, ORIGIN, {each: ORIGIN_WORDS[each] for each in origins}),
        acknowledged=_options(query, ACKNOWLEDGED, {"yes": "Acknowledged", "no": "Not yet"}),
        presets=presets,
        values={name: query.value(name) for name in FILTERS},
        hidden=tuple(
            (name, value) for name, value in query.given if name in (RUNNER, SORT, LIMIT, ZONE)
        ),
        chips=chips,
        clear_url=path + query.unfiltered() if chips else "",
        forms=" · ".join(example for example, _ in FORMS),
    )


def _options(query: HistoryQuery, name: str, known: Mapping[str, str]) -> tuple[Option, ...]:
    chosen = query.values(name)
    return tuple(
        Option(value=value, word=word, is_chosen=value in chosen) for value, word in known.items()
    )


def _presets(query: HistoryQuery, path: str) -> list[Preset]:
    since, until, cycle = (query.value(name) for name in (FROM, TO, CYCLE))
    since = since or ("" if until or cycle else DEFAULT_FROM)
    presets = [
        Preset(
            word=word,
            href=path + query.query({FROM: value, TO: None, CYCLE: None}),
            is_current=(since, until, cycle) == (value, "", ""),
        )
        for word, value in PRESETS
    ]
    everything = path + query.query({FROM: None, TO: ALL_TIME, CYCLE: None})
    is_everything = (since, until, cycle) == ("", ALL_TIME, "")
    return [*presets, Preset(word="All", href=everything, is_current=is_everything)]


def _is_one(presets: Sequence[Preset]) -> bool:
    return any(each.is_current for each in presets)


def _chip_word(name: str, value: str, names: Mapping[str, str], words: TimeWords) -> str:
    if name == RUNNER:
        return names.get(value, value)
    if name == STATUS:
        return next(signal.word for status, signal in STATUSES.items() if status.value == value)
    if name == REASON:
        return blocked_reason(value)
    if name == ORIGIN:
        return ORIGIN_WORDS[value].lower()
    if name in (MIN_DURATION, MAX_DURATION):
        return duration(float(value))
    if name in (FROM, TO, CYCLE):
        return _time_word(value, words)
    return value


def _time_word(value: str, words: TimeWords) -> str:
    if value.lower().startswith("now"):
        return value
    return words.full(datetime.fromisoformat(value))
