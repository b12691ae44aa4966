import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.past.strip import SEVERITY, cycle_strip
from dashboard.past.strip_layout import NARROW, StripRange, strip_layout
from dashboard.text.words import TimeWords
from scheduler.core.judging.outcome import Outcome
from scheduler.cycles.strip import StripCycle

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
    (row,) = strip(cycles("served"), zone=BERLIN).rows

    # The row begins at 13:00 in Berlin: 15:00 is two of its 24 hours on.
    assert [(each.text, each.percent) for each in row.times] == [
        ("Sat 14 15:00", 8.33),
        ("18:00", 20.83),
        ("21:00", 33.33),
        ("Sun 15 00:00", 45.83),
        ("03:00", 58.33),
        ("06:00", 70.83),
        ("09:00", 83.33),
        ("12:00", 95.83),
    ]


def test_each_of_several_rows_says_its_day_and_hours():
    rows = strip(cycles(*["served"] * 1_440, minutes=1.0), minutes=1.0).rows

    assert [row.label for row in rows] == [
        *("Sat 14 12:00", "Sat 14 16:00", "Sat 14 20:00"),
        *("Sun 15 00:00", "Sun 15 04:00", "Sun 15 08:00"),
    ]
    assert [(each.text, each.percent) for each in rows[3].times] == [
        *(("01:00", 25), ("02:00", 50), ("03:00", 75)),
    ]


@pytest.mark.parametrize(
    ("zone", "until"),
    [
        ("America/New_York", "2026-11-01T22:00"),
        ("Europe/London", "2026-10-25T22:00"),
        ("Australia/Lord_Howe", "2026-04-05T10:00"),
        ("America/St_Johns", "2026-11-01T22:00"),
        ("Asia/Kolkata", "2026-11-01T22:00"),
        ("America/New_York", "2026-03-08T22:00"),
    ],
)
@pytest.mark.parametrize("minutes", [1.0, 5.0])
def test_no_two_times_of_a_strip_read_the_same(zone, until, minutes):
    drawn = strip(
        [],
        until=datetime.fromisoformat(f"{until}+00:00"),
        minutes=minutes,
        zone=ZoneInfo(zone),
    )

    labels = [row.label for row in drawn.rows if row.label]
    times = [each.text for row in drawn.rows for each in row.times]
    assert len(set(labels)) == len(labels)
    assert len(set(times)) == len(times)


def test_the_times_under_the_rows_of_days_are_written_once():
    rows = strip([], shown=StripRange.WEEK, until=NOON, zone=BERLIN).rows

    assert [row.label for row in rows][::7] == ["Sat 7", "Sat 14"]
    assert [bool(row.times) for row in rows] == [False] * 7 + [True]
    assert [each.text for each in rows[-1].times][:2] == ["03:00", "06:00"]


@pytest.mark.parametrize(
    ("minutes_known", "interval", "starts", "hours"),
    [
        (10, 1.0, ["2026-03-14T11:50"], 1),  # an hour, begun ten minutes ago
        (10, 5.0, ["2026-03-14T11:50"], 1),
        (90, 1.0, ["2026-03-14T10:30"], 2),
        (600, 5.0, ["2026-03-14T02:00"], 12),
        (600, 1.0, ["2026-03-14T00:00", "2026-03-14T04:00", "2026-03-14T08:00"], 4),
        (100_000, 5.0, ["2026-03-13T12:00"], 24),
    ],
)
def test_a_young_service_has_a_short_strip(minutes_known, interval, starts, hours):
    layout = strip_layout(
        StripRange.DAY,
        until=NOON,
        interval=timedelta(minutes=interval),
        zone=UTC,
        known_from=NOON - timedelta(minutes=minutes_known),
    )

    assert [f"{each:%Y-%m-%dT%H:%M}" for each in layout.starts] == starts
    assert layout.length == timedelta(hours=hours)


def test_a_young_service_has_no_row_of_a_day_before_it_was_known():
    layout = strip_layout(
        StripRange.WEEK, until=NOON, interval=timedelta(minutes=5), zone=UTC, known_from=NOON - DAY
    )

    assert [each.day for each in layout.starts] == [13, 14]


@pytest.mark.parametrize(
    ("minutes", "rows", "hours", "fold"),
    [
        (5.0, 1, 3, 1),  # 36 cells
        (1.0, 3, 1, 1),  # 60 a row
        (0.5, 3, 1, 2),
        (90.0, 1, 6, 1),  # three cycles at least
        (1_440.0, 1, 24, 1),
    ],
)
def test_a_narrow_screen_has_the_last_three_hours(minutes, rows, hours, fold):
    layout = strip_layout(
        StripRange.DAY,
        until=NOON,
        interval=timedelta(minutes=minutes),
        zone=UTC,
        size=NARROW,
    )

    assert (len(layout.starts), layout.length, layout.fold) == (rows, timedelta(hours=hours), fold)
    assert layout.starts[-1] + layout.length >= NOON


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
