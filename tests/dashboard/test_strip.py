import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.strip import SEVERITY, StripRange, cycle_strip, strip_layout
from dashboard.words import TimeWords
from scheduler.core.outcomes import Outcome
from scheduler.strip import StripCycle

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def cycles(*outcomes, minutes=5.0, since=NOON, reasons=None):
    step = timedelta(minutes=minutes)
    why = {"late_start": 2} if reasons is None else reasons
    return [
        StripCycle(
            cycle_start=since + number * step,
            cycle_end=since + (number + 1) * step,
            outcome=outcome,
            started=4,
            completed=3,
            abandoned=1,
            blocked=sum(why.values()),
            blocked_by_reason=why,
            incident_count=1,
        )
        for number, outcome in enumerate(outcomes)
    ]


def strip(rows, *, shown=StripRange.DAY, until=NOON + DAY, minutes=5.0, zone=UTC, selected=None):
    layout = strip_layout(shown, until=until, interval=timedelta(minutes=minutes), zone=zone)
    return cycle_strip(
        rows,
        layout,
        base_url="/s/x/cycles/",
        selected=selected,
        words=TimeWords(zone=zone, now=until),
    )


def cells(row):
    """(cycle, outcome, x in percent, width in percent) of every cell."""
    found = re.findall(
        r'cycles/([^/]+)/"><rect(?: class="here")? fill="url\(#strip-(\w+)\)"'
        r' x="([\d.]+)%" width="([\d.]+)%"/>',
        row.cells,
    )
    return [(start, outcome, float(x), float(width)) for start, outcome, x, width in found]


def test_every_outcome_has_its_place_in_the_order_of_trouble():
    assert sorted(SEVERITY) == sorted(Outcome)


@pytest.mark.parametrize(
    ("minutes", "rows", "hours", "fold"),
    [
        (60.0, 1, 24, 1),
        (5.0, 1, 24, 1),  # 288 cells
        (4.8, 1, 24, 1),  # 300
        (4.0, 2, 12, 1),  # 360 are too many: 180 in each half of the day
        (1.0, 6, 4, 1),  # 240 a row
        (0.5, 6, 4, 2),  # 480 are too many: 240 pairs
        (0.001, 6, 4, 800),  # 240,000 in 4 hours: 300 cells
    ],
)
def test_a_day_is_laid_in_rows_of_cells_that_can_be_seen(minutes, rows, hours, fold):
    layout = strip_layout(StripRange.DAY, until=NOON, interval=timedelta(minutes=minutes), zone=UTC)

    assert (len(layout.starts), layout.length, layout.fold) == (rows, timedelta(hours=hours), fold)
    assert layout.since <= NOON - DAY


@pytest.mark.parametrize(("minutes", "fold"), [(5.0, 1), (1.0, 5), (0.5, 10)])
def test_a_week_is_a_row_a_day(minutes, fold):
    layout = strip_layout(
        StripRange.WEEK, until=NOON, interval=timedelta(minutes=minutes), zone=BERLIN
    )

    # Seven midnights before today's, which was at 23:00 UTC.
    assert [start.astimezone(UTC) for start in layout.starts][::7] == [
        datetime(2026, 3, 6, 23, 0, tzinfo=UTC),
        datetime(2026, 3, 13, 23, 0, tzinfo=UTC),
    ]
    assert layout.fold == fold


def test_rows_begin_on_the_clock_and_hold_the_whole_day():
    until = NOON + timedelta(minutes=37)

    layout = strip_layout(StripRange.DAY, until=until, interval=timedelta(minutes=1), zone=UTC)

    assert [start.hour for start in layout.starts] == [12, 16, 20, 0, 4, 8, 12]


def test_a_cycle_is_a_cell_where_it_was_and_leads_to_it():
    (row,) = strip(cycles("served", "stuck")).rows

    # 5 of 1,440 minutes are 0.347 %.
    assert cells(row) == [
        ("2026-03-14T12:00:00Z", "served", 0.0, 0.347),
        ("2026-03-14T12:05:00Z", "stuck", 0.347, 0.347),
    ]


def test_a_cell_says_when_how_it_went_and_its_counts():
    (row,) = strip(cycles("partial")).rows

    assert (
        "<title>2026-03-14 12:00:00 UTC · Partly served:"
        " 4 runs, 1 abandoned, 2 blocked (late start), 1 incident</title>" in row.cells
    )


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ({"scheduled_runner_in_grace": 12}, "12 blocked (scheduled runner in grace)"),
        (
            {"late_start": 1, "prior_running": 1_000},
            "1,001 blocked (1,000 prior run still running, 1 late start)",
        ),
        ({"b": 1, "a": 1}, "2 blocked (1 a, 1 b)"),
        ({"a": 5, "b": 4, "c": 3, "d": 2, "e": 1}, "15 blocked (5 a, 4 b, 3 c, 3 other)"),
        ({"<b>": 1}, "1 blocked (&lt;b&gt;)"),
        ({"": 1}, "1 blocked (no reason given)"),
    ],
)
def test_a_cell_says_why_starts_were_blocked(reasons, words):
    (row,) = strip(cycles("partial", reasons=reasons)).rows

    assert f"1 abandoned, {words}, 1 incident" in row.cells


def test_a_cell_of_several_cycles_shows_the_worst_and_leads_to_it():
    drawn = strip(cycles("served", "blocked", "empty", "stuck", minutes=0.5), minutes=0.5)

    first = next(row for row in drawn.rows if row.cells)
    assert [cell[:2] for cell in cells(first)] == [
        ("2026-03-14T12:00:30Z", "blocked"),
        ("2026-03-14T12:01:30Z", "stuck"),
    ]
    assert "2 cycles from" in first.cells
    assert (
        "1 × Served, 1 × Blocked: 8 runs, 2 abandoned, 4 blocked (late start), 2 incidents"
        in first.cells
    )


def test_the_selected_cycle_is_marked():
    (row,) = strip(cycles("served", "served"), selected=NOON + timedelta(minutes=5)).rows

    assert row.cells.count('class="here"') == 1
    assert 'T12:05:00Z/"><rect class="here"' in row.cells


def test_the_legend_counts_the_worst_first():
    drawn = strip(cycles("served", "stuck", "served", "failed"))

    assert [(each.outcome, each.number) for each in drawn.tallies] == [
        ("stuck", 1),
        ("failed", 1),
        ("served", 2),
    ]
    assert drawn.cycles == 4


def test_every_cycle_is_drawn_once_whatever_the_rows():
    outcomes = ["served"] * 1_440
    drawn = strip(cycles(*outcomes, minutes=1.0), minutes=1.0)

    assert sum(len(cells(row)) for row in drawn.rows) == 1_440


def test_times_are_those_of_the_zone():
    labels = strip(cycles("served"), zone=BERLIN).labels

    # The row begins at 13:00 in Berlin: 15:00 is two of its 24 hours on.
    assert (labels[0].text, labels[0].percent) == ("15:00", 8)


def test_a_cycle_of_a_longer_interval_that_reaches_back_is_drawn_from_the_edge():
    early = NOON - timedelta(minutes=30)
    hour = StripCycle(early, early + timedelta(hours=1), "served", 1, 1, 0, 0, 0, {})

    (row,) = strip([hour], until=NOON + DAY).rows

    # Half an hour of 24 is 2.083 %.
    assert cells(row) == [("2026-03-14T11:30:00Z", "served", 0.0, 2.083)]


@pytest.mark.parametrize(
    # Clocks are set back on the last Sunday of October, and on in March.
    ("until", "hours"),
    [(datetime(2026, 10, 27, tzinfo=UTC), 25), (datetime(2026, 3, 31, tzinfo=UTC), 24)],
)
def test_a_day_with_an_hour_more_fits_in_its_row(until, hours):
    since = until - timedelta(days=9)
    rows = cycles(*["served"] * (9 * 24), minutes=60.0, since=since)

    drawn = strip(rows, shown=StripRange.WEEK, until=until, minutes=60.0, zone=BERLIN)

    ends = [x + width for row in drawn.rows for _, _, x, width in cells(row)]
    assert max(ends) == pytest.approx(100, abs=0.01)
    layout = strip_layout(StripRange.WEEK, until=until, interval=DAY, zone=BERLIN)
    assert (layout.length, len(layout.starts)) == (timedelta(hours=hours), 8)


def test_rows_of_hours_stay_as_long_where_clocks_are_set_back():
    until = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
    rows = cycles(*["served"] * (24 * 60), minutes=1.0, since=until - DAY)

    drawn = strip(rows, until=until, minutes=1.0, zone=BERLIN)

    ends = [x + width for row in drawn.rows for _, _, x, width in cells(row)]
    assert max(ends) == pytest.approx(100, abs=0.01)
