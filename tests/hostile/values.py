"""Strategies of hostile values: for the test of every run, and for the long check beside it.

Most are near what is right, one step beyond it: what is wrong at first sight is refused at once and
tries little.
"""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from tests.conftest import T0

_BITS = (
    *(
        "a",
        "b-1",
        "host:812",
        "/",
        "//",
        ".",
        "..",
        "…",
        "%2F",
        "%00",
        "?",
        "#",
        "&",
        ";",
        "\\",
        "+",
    ),
    *(" ", "\t", "\n", "\r\n", "\x00", "\x1b[31m", "\x7f", "\x85", "\u00a0", "\u200b", "\u202e"),
    *(
        "\u2028",
        "\ufeff",
        "\ufffe",
        "\ud800",
        "\udfff",
        "\U0001f600",
        "é",
        "e\u0301",
        "א",
        "</script>",
    ),
    *("<b>", '"', "'", "{{", "{%", "=1+1", "＝", ":", ",", "_", "null", "x" * 60, "ß" * 200),
)
# Put together of what is awkward somewhere; now and then long.
texts = st.one_of(
    st.lists(st.sampled_from(_BITS), max_size=5).map("".join),
    st.text(max_size=12),
    st.sampled_from(("x" * 201, "x" * 10_001, "é" * 300_000, "")),
)
_ZONES = (UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12, minutes=1, seconds=7)))
_EDGES = (
    datetime(1, 1, 1),  # noqa: DTZ001
    datetime(1969, 12, 31, 23, 59, 59, 999_999),  # noqa: DTZ001
    datetime(1970, 1, 1),  # noqa: DTZ001
    datetime(1971, 6, 1),  # noqa: DTZ001
    datetime(2038, 1, 19, 3, 14, 8),  # noqa: DTZ001
    datetime(9999, 12, 31, 23, 59, 59, 999_999),  # noqa: DTZ001
)
near = st.integers(-90_000, 90_000).map(lambda seconds: T0 + timedelta(seconds=seconds))
instants = st.one_of(
    near,
    st.builds(
        lambda at, zone: at.replace(tzinfo=zone), st.sampled_from(_EDGES), st.sampled_from(_ZONES)
    ),
    st.sampled_from(_EDGES),
    st.datetimes(timezones=st.sampled_from((None, *_ZONES))),
)
numbers = st.one_of(
    st.sampled_from(
        (0, 1, -1, 2**31, 2**32, 2**63 - 1, 2**63, 10**400, 0.0, -0.0, 1e-320, 1e308, True, False)
    ),
    st.floats(),
    st.integers(),
)
others: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from((b"a", (), [], {}, object, 1j, "completed", "2026-01-31", Status.RUNNING)),
)


anything = st.one_of(others, texts, numbers, instants)
# What is awkward somewhere and is taken all the same.
AWKWARD_IDS = (
    *(
        "a",
        "b",
        "a b",
        "x/…/y",
        "//",
        "a//b/",
        "/a",
        "..a",
        "a/.b",
        "...",
        "%2F",
        "%00",
        "%",
        "a%2e",
    ),
    *("a?b#c", "a;b\\c", "&amp;", "a+b", "a:b", "\u202egnp.exe", "a\u200b", "\ufeffb", "e\u0301"),
    *("אב", "\U0001f600", "{{ x }}", "</script><b>", "'", '"', "=1+1", "x" * 200, "é" * 200),
    *("null", "acknowledge", "export.csv", "history/", "a\u00a0b", "a\u2028b", "a\ufffe", "-1"),
)
AWKWARD_TEXTS = (
    *AWKWARD_IDS,
    *("", " ", "late", "disk full : /dev/sda1", " a :b", ":", "::", ": b", "two\nlines\tand: more"),
    *("\x1b[31mred", "\u202e: \u202e", "x" * 10_000, f"{'y' * 300}: z", "prior_running:x runner:a"),
    *("prior_running:", "runner_dead", "outcome_unknown", "late_start: 0.7", "slot_window_invalid"),
)
good_ids = st.sampled_from(AWKWARD_IDS)
good_texts = st.sampled_from(AWKWARD_TEXTS)


def mostly(right: st.SearchStrategy[Any], wrong: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value of the right kind, and once in ten times any other."""
    return st.integers(0, 9).flatmap(lambda number: wrong if number == 9 else right)


ids = mostly(good_ids, st.one_of(texts, anything))
told_texts = mostly(good_texts, st.one_of(texts, anything))
statuses = mostly(st.sampled_from(list(Status)), anything)
flags = mostly(st.booleans(), anything)
moments = mostly(near, st.one_of(instants, anything))
