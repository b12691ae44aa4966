from collections.abc import Callable
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report, watched
from scheduler.models import CycleSummary, Policy, Service, ServiceMode
from scheduler.policies import policy_at
from scheduler.services import change_policy
from tests.conftest import after

pytestmark = pytest.mark.django_db

FROM = "2026-03-14T12:02:00Z"  # 120 s after the first cycle
NOW = 600


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("change_policy", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def fleet(make_service: Callable[..., Service], monkeypatch: pytest.MonkeyPatch) -> Service:
    """Two runners that went by cycles of two minutes since 120 s, unknown to the service."""
    monkeypatch.setattr("scheduler.db.clock.now", lambda: after(NOW))
    service = make_service(ServiceMode.OBSERVED, dead_after_seconds=30.0)
    beats = [
        HeartbeatReport(runner_id=each, at=after(second))
        for second in range(0, NOW, 10)
        for each in "ab"
    ]
    for second in range(0, NOW, 25):
        watched(service, "pynenc", at=after(second), good_for_seconds=30)
    runs = [run("a", 120), run("b", 180), run("a", 240), run("b", 300)]
    report(service, heartbeats=beats, executions=runs, now=after(NOW))
    summed_up(service)
    return service


def run(runner_id: str, second: float) -> ExecutionReport:
    return ExecutionReport(
        run_id=f"{runner_id}-{second}",
        runner_id=runner_id,
        status=Status.COMPLETED,
        started_at=after(second),
        ended_at=after(second + 5),
    )


def summed_up(service: Service) -> list[tuple[float, int]]:
    """Sum up all that is due; each cycle's length in seconds, and its number of incidents."""
    while keep_summaries(service, now=after(NOW)).written:
        pass
    rows = CycleSummary.objects.filter(service=service).order_by("cycle_start")
    return [((row.cycle_end - row.cycle_start).total_seconds(), row.incident_count) for row in rows]


def test_the_past_is_corrected_and_the_summaries_follow(fleet: Service) -> None:
    # A runner whose turn is the second half of two minutes starts at the edge of one.
    assert sum(count for _, count in summed_up(fleet)) >= 2

    text = said(fleet.slug, "--from", FROM, "--interval-minutes", "2", "--by", "alice", "--yes")

    assert "from 2026-03-14 12:02:00 UTC on:\n  cycles of 2 m instead of 1 m\n" in text
    assert "Cycles that are summed up anew: 8." in text
    row = Policy.objects.latest("effective_from")
    assert (row.effective_from, row.changed_by) == (after(120), "alice")
    assert [length for length, _ in summed_up(fleet)] == [60, 60, 120, 120, 120, 120]
    # Those with starts have no incident any more.
    assert [count for _, count in summed_up(fleet)][2:4] == [0, 0]


def test_why_is_kept_and_told_where_a_change_ends_with_that_one(fleet: Service) -> None:
    said(fleet.slug, "--from", FROM, "--interval-minutes", "2", "--by", "al", "--note", "grown")

    text = said(fleet.slug, "--from", "2026-03-14T12:01:00Z", "--margin-minutes", "0.1")

    assert "when another revision begins, set by al (grown)." in text
    row = Policy.objects.get(effective_from=after(120))
    assert (row.note, row.recorded_at) == ("grown", after(NOW))


def test_a_dry_run_says_the_same_and_changes_nothing(fleet: Service) -> None:
    text = said(fleet.slug, "--from", FROM, "--interval-minutes", "2", "--dry-run")

    assert "cycles of 2 m instead of 1 m" in text
    assert text.endswith("Nothing was changed.\n")
    assert Policy.objects.filter(service=fleet).count() == 1


@pytest.mark.parametrize(("answer", "revisions"), [("y", 2), ("yes", 2), ("", 1), ("no", 1)])
def test_who_is_at_a_terminal_is_asked(
    fleet: Service, monkeypatch: pytest.MonkeyPatch, answer: str, revisions: int
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: answer)

    said(fleet.slug, "--from", FROM, "--margin-minutes", "0.1")

    assert Policy.objects.filter(service=fleet).count() == revisions


@pytest.mark.parametrize(
    ("option", "value", "field", "words"),
    [
        ("--interval-minutes", 2, "service_interval_minutes", "cycles of 2 m instead of 1 m"),
        ("--margin-minutes", 0.1, "spread_margin_minutes", "a margin of 6 s instead of 0 s"),
        ("--check-seconds", 7, "check_interval_seconds", "a check every 7 s instead of 5 s"),
        ("--grace-seconds", 3, "membership_stabilization_seconds", "a grace of 3 s instead of 0 s"),
        (
            "--start-fraction",
            0.5,
            "max_start_slot_fraction",
            "starts in the first 50 % of a window instead of all of a window",
        ),
        ("--dead-after-seconds", 40, "dead_after_seconds", "dead after 40 s instead of 30 s"),
    ],
)
def test_each_rule_can_be_changed_alone(
    fleet: Service, option: str, value: float, field: str, words: str
) -> None:
    before = policy_at(fleet, after(120))

    assert words in said(fleet.slug, "--from", FROM, option, str(value))

    now = policy_at(fleet, after(120))
    assert getattr(now, field) == value
    assert [name for name in before.__slots__ if getattr(now, name) != getattr(before, name)] == [
        field
    ]


def test_what_comes_later_stays_and_is_told(fleet: Service) -> None:
    later = policy_at(fleet, after(0))
    change_policy(
        fleet,
        type(later)(service_interval_minutes=3.0),
        changed_by="bob",
        effective_from=after(300),
    )

    text = said(fleet.slug, "--from", FROM, "--interval-minutes", "2")

    assert "Until 2026-03-14 12:05:00 UTC, when another revision begins, set by bob." in text
    assert policy_at(fleet, after(400)).service_interval_minutes == 3.0


@pytest.mark.parametrize(
    "since", ["2026-03-14T17:32:00+05:30", "2026-03-14T04:02-08:00", "2026-03-15T02:02:00+14:00"]
)
def test_an_instant_may_have_any_offset_and_is_said_in_utc(fleet: Service, since: str) -> None:
    text = said(fleet.slug, "--from", since, "--interval-minutes", "2")

    assert "from 2026-03-14 12:02:00 UTC on:" in text
    assert Policy.objects.latest("effective_from").effective_from == after(120)


def test_now_is_an_instant_too(fleet: Service) -> None:
    said(fleet.slug, "--from", "now", "--interval-minutes", "2")

    assert Policy.objects.latest("effective_from").effective_from == after(NOW)


def test_the_same_again_changes_nothing(fleet: Service) -> None:
    text = said(fleet.slug, "--from", FROM, "--interval-minutes", "1")

    assert "Nothing to change" in text
    assert Policy.objects.filter(service=fleet).count() == 1


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (("--from", "yesterday", "--interval-minutes", "2"), "'yesterday' is not an instant"),
        (("--from", "2026-03-14T12:02:00", "--interval-minutes", "2"), "has no zone: write"),
        (("--from", "0001-01-01T00:00:00+14:00", "--interval-minutes", "2"), "not between 1970"),
        (("--from", "9999-12-31T23:59:59-14:00", "--interval-minutes", "2"), "not between 1970"),
        (("--from", "1969-12-31T23:59:59Z", "--interval-minutes", "2"), "not between 1970"),
        (("--from", "3000-01-01T00:00:00Z", "--interval-minutes", "2"), "not between 1970"),
        (("--from", FROM), "say what, with one or more of --interval-minutes"),
        (("--from", FROM, "--interval-minutes", "0"), "is below its least value"),
        (("--from", FROM, "--interval-minutes", "nan"), "not a finite number"),
        (("--from", FROM, "--interval-minutes", "soon"), "invalid float value: 'soon'"),
        (("--interval-minutes", "2"), "--from"),
    ],
)
def test_what_is_wrong_is_a_sentence(
    fleet: Service, arguments: tuple[str, ...], wrong: str
) -> None:
    with pytest.raises(CommandError, match=wrong):
        said(fleet.slug, *arguments)

    assert Policy.objects.filter(service=fleet).count() == 1


def test_a_service_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(CommandError, match="No service is called 'nowhere'"):
        said("nowhere", "--from", FROM, "--interval-minutes", "2")


def test_two_words_about_one_instant_are_one_too_many(fleet: Service) -> None:
    said(fleet.slug, "--from", FROM, "--interval-minutes", "2")

    with pytest.raises(CommandError, match="another policy of service"):
        said(fleet.slug, "--from", FROM, "--interval-minutes", "3")


def test_what_a_coordinated_service_decided_cannot_be_undone(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.db.clock.now", lambda: after(NOW))

    with pytest.raises(CommandError, match="is coordinated"):
        said(service.slug, "--from", FROM, "--interval-minutes", "2")
    said(service.slug, "--from", "2026-03-14T13:00:00Z", "--interval-minutes", "2")

    assert policy_at(service, after(3600)).service_interval_minutes == 2.0


@pytest.mark.parametrize(
    ("dead_after", "ends"),
    [
        # Beats at 0 and 50 s, good for 30 s each.
        (None, [30, 80]),
        (60, [110]),  # one life: the first is good for the silence between them
        (10, [10, 60]),
    ],
)
def test_lives_are_as_long_as_they_were_by_the_rules_of_then(
    make_service: Callable[..., Service],
    monkeypatch: pytest.MonkeyPatch,
    dead_after: float | None,
    ends: list[float],
) -> None:
    monkeypatch.setattr("scheduler.db.clock.now", lambda: after(NOW))
    service = make_service(ServiceMode.OBSERVED, dead_after_seconds=30.0)
    for second in (0, 50):
        beat = HeartbeatReport(runner_id="a", at=after(second))
        report(service, heartbeats=[beat], now=after(second))

    if dead_after is not None:
        said(
            service.slug, "--from", "2026-03-14T11:00:00Z", "--dead-after-seconds", f"{dead_after}"
        )

    found = service.presences.order_by("started_at").values_list("expires_at", flat=True)
    assert list(found) == [after(each) for each in ends]


def test_beats_of_other_times_are_left_alone(fleet: Service) -> None:
    def lengths() -> dict[datetime, float]:
        return dict(fleet.heartbeats.values_list("at", "good_for_seconds"))

    later = SchedulingPolicy(dead_after_seconds=30.0, check_interval_seconds=1.0)
    change_policy(fleet, later, changed_by="bob", effective_from=after(300))

    said(fleet.slug, "--from", FROM, "--dead-after-seconds", "40")

    told = lengths()
    assert {told[at] for at in told if after(120) <= at < after(300)} == {40}
    assert {told[at] for at in told if not after(120) <= at < after(300)} == {30}
