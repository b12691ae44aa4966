"""docs/timeline.md against the code: its example is recomputed, its lists are the code's own."""

import re
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.incidents.kinds import Incident, IncidentKind
from scheduler.core.judging import outcomes, slot_judge
from scheduler.core.judging.outcome import Outcome
from scheduler.core.judging.outcomes import JudgedCycle, judge_cycle
from scheduler.core.judging.run_limits import RunLimit
from scheduler.core.judging.verdicts import SlotVerdict, Verdict
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.reasons import WindowReason
from scheduler.core.reconstruction import reconstruct
from scheduler.core.rows import PolicyRevision, PresenceSpan, RecordedExecution
from scheduler.core.timeline import CycleTimeline
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.words.incidents import incident_sentence
from scheduler.words.numbers import plain
from scheduler.words.verdicts import verdict_detail
from tests.core.build import execution
from tests.house.tree import ROOT

TEXT = (ROOT / "docs/timeline.md").read_text()
CYCLE_START, NOW = "14:00:00", "14:01:30"

type Row = dict[str, str]


def tables(text: str) -> dict[str, list[list[Row]]]:
    """The tables below each heading, each a list of rows by column."""
    found: defaultdict[str, list[list[Row]]] = defaultdict(list)
    heading = ""
    columns: list[str] = []
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if not line.startswith("|"):
            columns = []
            continue
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if not columns:
            columns = cells
            found[heading].append([])
        elif set(line) - set("|-"):
            found[heading][-1].append(dict(zip(columns, cells, strict=True)))
    return found


TABLES = tables(TEXT)


def when(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-14T{clock}").replace(tzinfo=UTC)


def clock(instant: datetime) -> str:
    """As people write it: no date, no trailing zeros."""
    text = f"{instant:%H:%M:%S.%f}"
    return text.rstrip("0").rstrip(".") if instant.microsecond else f"{instant:%H:%M:%S}"


def length(span: timedelta | float) -> str:
    return f"{plain(span if isinstance(span, float) else span.total_seconds())} s"


SETTINGS, PRESENCES, EXECUTIONS = TABLES["The rows"]
POLICY = SchedulingPolicy(**{row["setting"]: float(row["value"]) for row in SETTINGS})


def presence(row: Row) -> PresenceSpan:
    return PresenceSpan(
        runner_id=row["runner"],
        creation_time=when(row["first heartbeat ever"]),
        started_at=when(row["alive from"]),
        last_heartbeat_at=when(row["last heartbeat"]),
        expires_at=when(row["alive until"]),
        eligible=True,
    )


def attempt(row: Row, number: int, origin: str) -> RecordedExecution:
    start, end = when(row["from"]), when(row["to"])
    return replace(
        execution(row["runner"], 0, number=number),
        run_id=row["run"],
        status=Status(row["status"]),
        started_at=start,
        ended_at=end,
        reason=row["reason"],
        first_attempt_at=start,
        last_attempt_at=start,
        origin=origin,
    )


def reconstructed(watches: list[WatchSpan] | None, origin: str) -> CycleTimeline:
    return reconstruct(
        cycle_start=when(CYCLE_START),
        policies=[PolicyRevision(effective_from=when("00:00:00"), policy=POLICY)],
        presences=[presence(row) for row in PRESENCES],
        executions=[attempt(row, n, origin) for n, row in enumerate(EXECUTIONS, start=1)],
        now=when(NOW),
        watches=watches,
    )


@pytest.fixture
def timeline() -> CycleTimeline:
    return reconstructed(None, "claimed")


@pytest.fixture
def judged(timeline: CycleTimeline) -> JudgedCycle:
    return judge_cycle(timeline)


def test_the_example_is_of_the_cycle_and_the_moment_that_the_text_names() -> None:
    assert f"The cycle of {CYCLE_START} UTC of a coordinated service" in TEXT
    assert f"looked at from {NOW}" in TEXT


def test_its_settings_are_all_there_are() -> None:
    assert {row["setting"] for row in SETTINGS} == set(SchedulingPolicy.__slots__)


@pytest.mark.parametrize("row", PRESENCES, ids=lambda row: row["runner"])
def test_its_runners_are_alive_until_the_time_to_death_is_over(row: Row) -> None:
    alive = when(row["alive until"]) - when(row["last heartbeat"])

    assert alive.total_seconds() == POLICY.dead_after_seconds


def test_its_epochs_are_those_of_the_code(timeline: CycleTimeline) -> None:
    cut = []
    for epoch in timeline.epochs:
        each = POLICY.capacity(len(epoch.plan.runners))
        cut.append(
            {
                "from": clock(epoch.start),
                "to": clock(epoch.end),
                "members": ", ".join(runner.runner_id for runner in epoch.plan.runners),
                "joined": ", ".join(epoch.joined),
                "slot": length(each.slot_seconds),
                "window": length(each.window_seconds),
                "startable": length(each.startable_seconds),
            }
        )

    assert TABLES["Epochs"] == [cut]


def test_its_owners_are_those_of_the_code(timeline: CycleTimeline) -> None:
    owned = [
        {"from": clock(each.start), "to": clock(each.end), "owner": each.runner_id or ""}
        for each in timeline.ownership
    ]

    assert TABLES["Owners"] == [owned]


def test_its_windows_are_those_of_the_code(timeline: CycleTimeline) -> None:
    windows = [
        {
            "runner": slot.runner_id,
            "planned from": clock(slot.slot_start),
            "planned to": clock(slot.slot_end),
            "startable until": clock(slot.startable_until),
            "in force from": clock(slot.start),
            "in force to": clock(slot.end),
        }
        for lane in timeline.lanes
        for slot in lane.slots
    ]

    assert TABLES["Windows"] == [windows]


def rule_of(verdict: SlotVerdict) -> str:
    """The rule of the verdicts that the example has; each of them has one rule when it is over."""
    if verdict.verdict is Verdict.BLOCKED:
        return "6" if verdict.recorded else "10"
    return {Verdict.SERVED: "1", Verdict.UNKNOWN: "7"}[verdict.verdict]


def verdict_row(verdict: SlotVerdict) -> Row:
    derived = "derived" if verdict.verdict is Verdict.BLOCKED else ""
    return {
        "runner": verdict.runner_id,
        "rule": rule_of(verdict),
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "evidence": "recorded" if verdict.recorded else derived,
        "run": verdict.run_id or "",
        "in words": verdict_detail(verdict),
    }


def test_its_verdicts_are_those_of_the_code(judged: JudgedCycle) -> None:
    assert TABLES["What became of them"] == [[verdict_row(each) for each in judged.verdicts]]


def incident_row(incident: Incident) -> Row:
    assert incident.end is not None
    return {
        "incident": incident.kind,
        "runner": ", ".join(incident.runner_ids),
        "from": clock(incident.start),
        "to": clock(incident.end),
        "lasted": length(incident.seconds),
        "reason": incident.reason,
        "blocked starts": str(incident.blocked_attempts),
        "in words": incident_sentence(incident),
    }


def test_its_incidents_are_those_of_the_code(judged: JudgedCycle) -> None:
    assert TABLES["What went wrong"] == [[incident_row(each) for each in judged.incidents]]


def test_its_outcome_is_that_of_the_code(judged: JudgedCycle) -> None:
    counts = judged.counts
    row = {
        "started": str(counts.started),
        "completed": str(counts.completed),
        "abandoned": str(counts.abandoned),
        "refused attempts": str(sum(counts.blocked.values())),
        "outcome": judged.outcome,
    }

    assert TABLES["How it went"] == [[row]]


def test_its_gap_makes_the_verdicts_that_it_says(judged: JudgedCycle) -> None:
    watched, expected = TABLES["The same with a gap"]
    watches = [
        WatchSpan(started_at=when(row["watched from"]), ended_at=when(row["watched to"]))
        for row in watched
    ]

    unwatched = judge_cycle(reconstructed(watches, "reported"))

    assert [verdict_row(each) for each in unwatched.verdicts] == expected
    assert unwatched.outcome is judged.outcome  # "The outcome stays"


def test_the_rules_are_listed_as_in_the_code() -> None:
    written = re.findall(r"^ ?(\d+)  (\w+) ", slot_judge.__doc__ or "", re.MULTILINE)
    (table,) = TABLES["Verdicts: what became of each window"]

    assert [(row["rule"], row["verdict"]) for row in table] == written
    assert {row["verdict"] for row in table} == set(Verdict)
    assert all(f"`{reason}`" in TEXT for reason in WindowReason)


def test_the_incidents_are_listed_as_in_the_code() -> None:
    (table,) = TABLES["Incidents: what went wrong"]

    assert [row["incident"] for row in table] == list(IncidentKind)
    assert all(f"`{limit}`" in TEXT for limit in RunLimit)


def test_the_outcomes_are_listed_as_in_the_code() -> None:
    written = re.findall(r"^\| (\d) \| `(\w+)`", outcomes.__doc__ or "", re.MULTILINE)
    (table,) = TABLES["Outcome: the cycle in one word"]

    assert [(row["row"], row["outcome"]) for row in table] == written
    assert {row["outcome"] for row in table} == set(Outcome)


def test_the_page_is_linked_from_the_readme() -> None:
    assert "](docs/timeline.md)" in (ROOT / "README.md").read_text()
