"""a's window is [0, 90), and 60 s of margin come after it: its run may go on until 150."""

import pytest

from scheduler.core.cycle.watching import WatchSpan
from scheduler.core.incidents.kinds import Incident, IncidentKind, LimitFacts
from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.rows import PresenceSpan, RecordedExecution
from scheduler.core.timeline import RunLimits
from tests.core.build import (
    abandoned,
    at,
    claimed,
    cycle,
    execution,
    refusal,
    revision,
    seconds,
    span,
    watch,
)

US = 0.000001
TWO = (span("a", -9), span("b", -8))


def stuck(
    *executions: RecordedExecution,
    presences: tuple[PresenceSpan, ...] = TWO,
    start: float = 0,
    now: float = 300,
    watches: list[WatchSpan] | None = None,
) -> list[Incident]:
    timeline = cycle(*presences, executions=executions, start=start, now=now, watches=watches)
    found = judge_cycle(timeline).incidents
    return [each for each in found if each.kind is IncidentKind.STUCK_RUN]


def test_a_run_past_its_slot_is_told_from_the_end_of_the_margin_on() -> None:
    refused = refusal("b", 155, reason="prior_running", number=2)

    assert stuck(execution("a", 10, 160), refused) == [
        Incident(
            kind=IncidentKind.STUCK_RUN,
            start=at(150),
            end=at(160),
            seconds=10.0,
            runner_ids=("a",),
            run_ids=("run-1",),
            reason="past_slot",
            blocked_attempts=1,
            facts=LimitFacts(passed_at=at(150)),
        )
    ]


def test_a_run_that_goes_on_is_told_so_far() -> None:
    (incident,) = stuck(execution("a", 10), now=170)

    assert (incident.end, incident.seconds) == (None, 20.0)
    assert incident.facts == LimitFacts(passed_at=at(150))


@pytest.mark.parametrize("now", [300, 300.5, 9_000])
def test_what_a_cycle_that_is_over_says_of_a_run_that_goes_on_does_not_change(now: float) -> None:
    (incident,) = stuck(execution("a", 10), now=now)

    assert (incident.reason, incident.start, incident.end) == ("past_cycle", at(150), None)
    assert incident.facts == LimitFacts(passed_at=at(300))


@pytest.mark.parametrize(
    ("run", "since"),
    [
        (execution("a", 10, 150), None),  # the margin is there for that
        (execution("a", 10, 150 + US), 150),
        (abandoned("a", 10, 151), 150),
        (refusal("a", 10, 290), None),
        # what a claim knew beats what is reconstructed: 50 + 60 s
        (claimed(execution("a", 10, 120), slot_end=50, runner_count=2), 110),
        (claimed(execution("a", 10, 110), slot_end=50, runner_count=2), None),
        # alone, it has no margin
        (claimed(execution("a", 10, 120), slot_end=50, runner_count=1), 50),
        # a start outside of any window has no slot to outlast
        (execution("a", 90, 290), None),
        (execution("z", 10, 290), None),
    ],
)
def test_a_run_is_stuck_when_it_outlasts_its_slot_and_the_margin(
    run: RecordedExecution, since: float | None
) -> None:
    assert [seconds(each.start) for each in stuck(run)] == ([] if since is None else [since])


def test_the_slot_of_a_run_is_the_window_that_was_planned_when_it_began() -> None:
    # c joins at 30 and cuts a's window short; a began before, for [0, 90).
    (incident,) = stuck(execution("a", 10, 160), presences=(*TWO, span("c", 30)))

    assert (incident.reason, incident.start) == ("past_slot", at(150))


def test_a_run_past_its_cycle_is_told_in_the_next_one() -> None:
    # b's window [150, 240) and the margin end with the cycle.
    run = claimed(execution("b", 160, 320), slot_end=240, runner_count=2)

    assert stuck(run, now=600) == []
    assert stuck(run, start=300, now=600) == [
        Incident(
            kind=IncidentKind.STUCK_RUN,
            start=at(300),
            end=at(320),
            seconds=20.0,
            runner_ids=("b",),
            run_ids=("run-1",),
            reason="past_cycle",
            facts=LimitFacts(passed_at=at(300)),
        )
    ]


@pytest.mark.parametrize(("end", "is_told"), [(300, False), (300 + US, True), (None, True)])
def test_a_run_that_is_not_known_to_have_had_a_slot_can_be_past_its_cycle(
    end: float | None, *, is_told: bool
) -> None:
    found = stuck(execution("b", 160, end), start=300, now=400)

    assert [each.reason for each in found] == (["past_cycle"] if is_told else [])


def test_a_shorter_interval_ends_a_cycle_inside() -> None:
    # From 120 on cycles of 60 s, and a is alone: no margin.
    minute = SchedulingPolicy(service_interval_minutes=1)
    timeline = cycle(
        span("a"),
        revisions=[revision(SchedulingPolicy()), revision(minute, 120)],
        executions=[execution("a", 125, 190)],
    )

    (incident,) = (each for each in judge_cycle(timeline).incidents if each.run_ids)

    assert (incident.reason, incident.start, incident.seconds) == ("past_cycle", at(180), 10.0)


BACK = (span("a", -9, 100), span("a", 140, created=-9), span("b", -8))


def test_a_run_past_its_runners_heartbeat_is_told_from_the_silence_on() -> None:
    # alive until 100, and again from 140 on
    (incident,) = stuck(execution("a", 10, 145), presences=BACK)

    assert (incident.reason, incident.end) == ("past_heartbeat", at(145))
    assert incident.start == at(100 + US)
    assert incident.facts == LimitFacts(passed_at=at(100 + US))


@pytest.mark.parametrize(
    ("run", "presences", "since"),
    [
        (execution("a", 10, 100), BACK, None),
        (execution("a", 10, 100 + US), BACK, None),  # it ended as the silence began
        (execution("a", 10, 100 + 2 * US), BACK, 100 + US),
        (execution("a", -50, 60), (span("a", 50, created=-9), TWO[1]), -50),
        # without any heartbeat it is no member that fell silent
        (execution("z", 10, 290), TWO, None),
        (execution("a", 10, 145), (*BACK, span("a", 90, 150, created=-9, eligible=False)), None),
    ],
)
def test_the_heartbeat_limit_is_the_first_instant_of_silence(
    run: RecordedExecution, presences: tuple[PresenceSpan, ...], since: float | None
) -> None:
    found = [each for each in stuck(run, presences=presences) if each.reason == "past_heartbeat"]

    assert [seconds(each.start) for each in found] == ([] if since is None else [since])


@pytest.mark.parametrize(
    ("watches", "since"),
    [
        ([watch(-10, 400)], 100 + US),
        ([watch(-10, 90), watch(150, 400)], None),
        ([watch(-10, 139), watch(139.5, 400)], 100 + US),
        ([watch(-10, 90), watch(120, 400)], 120),  # the first that was watched of the silence
        ([watch(-10, 90), watch(140, 400)], None),
        ([watch(-10, 100), watch(100 + US, 400)], 100 + US),
        ([watch(-10, 50), watch(90, 400)], 100 + US),
    ],
)
def test_a_silence_is_told_from_its_first_instant_that_was_watched(
    watches: list[WatchSpan], since: float | None
) -> None:
    found = stuck(execution("a", 10, 145), presences=BACK, watches=watches)

    assert [seconds(each.start) for each in found] == ([] if since is None else [since])


def test_of_several_limits_the_first_begins_it_and_the_worst_names_it() -> None:
    # past its slot at 150, silent from 160.000001 to 170
    presences = (span("a", -9, 160), span("a", 170, created=-9), span("b", -8))

    (incident,) = stuck(execution("a", 10, 180), presences=presences)

    assert (incident.start, incident.reason) == (at(150), "past_heartbeat")


def test_a_run_is_said_to_be_the_same_in_every_cycle_that_it_touches() -> None:
    # past its slot at 150, silent from 320 to 380
    presences = (span("a", -9, 320), span("a", 380, created=-9), span("b", -8))
    run = claimed(execution("a", 10, 390), slot_end=90, runner_count=2)

    (first,) = stuck(run, presences=presences, now=900)
    (second,) = stuck(run, presences=presences, start=300, now=900)

    assert first == second
    assert (first.start, first.end, first.seconds) == (at(150), at(390), 240.0)
    assert first.reason == "past_heartbeat"
    assert first.facts == LimitFacts(passed_at=at(320 + US))


def test_the_limits_of_a_reported_run_from_before_the_cycle_are_those_of_its_own() -> None:
    limits = {1: RunLimits(slot=at(-10), cycle=at(0))}
    presences = (span("a", -300), span("b", -299))
    timeline = cycle(*presences, executions=[execution("a", -90, 40)], limits=limits)

    incident = judge_cycle(timeline).incidents[0]

    assert (incident.kind, incident.start, incident.reason) == ("stuck_run", at(-10), "past_cycle")


def test_a_silence_after_the_cycle_does_not_make_the_cycle_tell_of_it() -> None:
    # a is alive until 400; it had no window, and the cycle ends with the run's own.
    presences = (span("a", -9, 400), span("b", -8))

    assert stuck(execution("a", 120), presences=presences, now=900) == []


@pytest.mark.parametrize(
    ("watches", "known"),
    [
        ([watch(-10, 400)], (None, 20.0)),
        ([watch(-10, 160)], (160, 10.0)),
        ([watch(-10, 155), watch(160, 165)], (165, 15.0)),
    ],
)
def test_it_goes_on_as_far_as_it_was_watched(
    watches: list[WatchSpan], known: tuple[float | None, float]
) -> None:
    (incident,) = stuck(execution("a", 10), now=170, watches=watches)

    until = incident.known_until and seconds(incident.known_until)
    assert (incident.end, until, incident.seconds) == (None, *known)


@pytest.mark.parametrize("watches", [[], [watch(-10, 140)], [watch(-10, 150)], [watch(-90, -80)]])
def test_what_a_run_passes_while_nobody_watches_is_not_known(watches: list[WatchSpan]) -> None:
    for now in (160, 299, 300, 900, 90_000):
        assert stuck(execution("a", 10), now=now, watches=watches) == []
    assert stuck(execution("a", 10), start=300, now=900, watches=watches) == []


@pytest.mark.parametrize("start", [0, 300])
def test_a_run_that_is_seen_to_go_on_went_on_all_the_time(start: float) -> None:
    watches = [watch(-10, 50), watch(700, 900)]

    (incident,) = stuck(execution("a", 10), start=start, now=900, watches=watches)

    assert (incident.start, incident.reason, incident.goes_on) == (
        at(150 if start == 0 else 300),
        "past_cycle",
        True,
    )


def test_a_run_that_ended_unseen_counts_once_its_end_is_known() -> None:
    (incident,) = stuck(execution("a", 10, 170), now=900, watches=[watch(-10, 50)])

    assert (incident.start, incident.end) == (at(150), at(170))


def test_a_run_that_was_over_before_the_cycle_is_not_told() -> None:
    run = claimed(execution("a", -290, 0), slot_end=-200, runner_count=2)

    assert stuck(run) == []


def test_what_lies_after_now_is_not_told() -> None:
    # Its end was told by a clock ahead of ours.
    assert stuck(execution("a", 10, 170), now=150) == []
    assert stuck(execution("a", 10, 170), now=150 + US)


@pytest.mark.parametrize(
    ("now", "watches", "reason"),
    [
        (150, None, ""),
        (151, None, "overran"),
        (9_000, None, "overran"),
        (151, [watch(-10, 140)], ""),
        (9_000, [watch(-10, 140)], ""),
        (9_000, [watch(-10, 140), watch(8_000, 9_000)], "overran"),
    ],
)
def test_a_window_says_that_its_run_went_past_it_as_far_as_that_is_known(
    now: float, watches: list[WatchSpan] | None, reason: str
) -> None:
    judged = judge_cycle(cycle(*TWO, executions=[execution("a", 10)], now=now, watches=watches))

    assert [each.reason for each in judged.verdicts if each.verdict == "served"] == [reason]
