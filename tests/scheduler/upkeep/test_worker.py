import math
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from scheduler.core.judging.outcomes import judge_cycle
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.loading import load_cycle
from scheduler.db import clock
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import CycleSummary, Execution, Presence, Service, ServiceMode
from scheduler.policies import policy_at
from scheduler.services import UnknownService, create_service, get_service
from scheduler.upkeep.duties import Upkeep
from scheduler.upkeep.member import Member
from scheduler.upkeep.service import NAME, POLICY, SLUG, upkeep_service
from scheduler.upkeep.worker import Worker
from tests.conftest import after

REFUSED = "Slotwatch's database: OperationalError: connection refused"


class Time:
    """A clock and a stopwatch that stand still but while somebody waits; what is planned for an
    instant happens when a wait has come there."""

    def __init__(self, until):
        self.seconds = 0.0
        self.jump = 0.0
        self.until = until
        self.plans = []

    def now(self):
        return after(self.seconds + self.jump)

    def monotonic(self):
        return self.seconds

    def wait(self, seconds):
        end = self.seconds + seconds
        while self.plans and self.plans[0][0] <= end:
            at, act = self.plans.pop(0)
            self.seconds = max(self.seconds, at)
            act()
        self.seconds = max(self.seconds, min(end, self.until))
        return self.seconds >= self.until

    def plan(self, second, act):
        self.plans.append((second, act))
        self.plans.sort(key=lambda each: each[0])


class Allowed:
    """In the place of collectors: when they were allowed, and for how long."""

    def __init__(self, time):
        self.time = time
        self.spans = []

    def allow(self, seconds):
        self.spans.append((self.time.seconds, self.time.seconds + seconds))

    def rest(self):
        began, _ = self.spans.pop()
        self.spans.append((began, self.time.seconds))


@pytest.fixture
def play(monkeypatch):
    """Have one worker work from one second of a cycle to another."""

    class Play:
        def __init__(self):
            self.time = Time(until=math.inf)
            self.said = []
            self.collectors = Allowed(self.time)
            monkeypatch.setattr("scheduler.db.clock.now", self.time.now)
            # Cycles of a minute, so that the arithmetic is easy.
            minute = replace(POLICY, service_interval_minutes=1.0)
            monkeypatch.setattr("scheduler.upkeep.service.POLICY", minute)

        def work(self, *, until, since=0.0):
            self.time.seconds, self.time.until = since, until
            upkeep = Upkeep(say=self.said.append, monotonic=self.time.monotonic)
            self.member = Member(host="host-1", pid=7)
            self.worker = Worker(
                self.member,
                upkeep,
                collectors=self.collectors,
                wait=self.time.wait,
                say=self.said.append,
                monotonic=self.time.monotonic,
            )
            self.worker.work()

    return Play()


def runs():
    """Start and end in seconds, and status and reason, of each run of the upkeep."""
    rows = Execution.objects.filter(service__slug=SLUG).order_by("started_at")
    return [
        (
            (row.started_at - after(0)).total_seconds(),
            None if row.ended_at is None else (row.ended_at - after(0)).total_seconds(),
            row.status,
            row.reason,
        )
        for row in rows
    ]


@pytest.mark.django_db
def test_one_worker_is_one_run_a_cycle_that_ends_a_margin_before_it(play):
    play.work(until=200)

    assert runs() == [
        (0.0, 59.0, "completed", ""),
        (60.05, 119.0, "completed", ""),
        (120.05, 179.0, "completed", ""),
        # Asked to stop at 200.
        (180.05, 200.0, "completed", ""),
    ]


@pytest.mark.django_db
def test_its_cycles_are_served_and_without_an_incident(play):
    play.work(until=300, since=25)
    service = get_service(SLUG)

    judged = [
        judge_cycle(load_cycle(service, after(60 * number), now=play.time.now()))
        for number in range(4)
    ]

    assert {(each.outcome.value, each.incidents) for each in judged} == {("served", ())}
    assert not Execution.objects.filter(status="blocked").exists()
    summaries = CycleSummary.objects.filter(service=service).order_by("cycle_start")
    assert [(each.outcome, each.incident_count) for each in summaries] == [("served", 0)] * 4


@pytest.mark.django_db
def test_a_cycle_is_closed_as_soon_as_the_next_shift_begins(play, service):
    beat(service, Beat(runner_id="a"), now=after(0))
    closed_at = []

    def look():
        if CycleSummary.objects.filter(service=service).count() > len(closed_at):
            closed_at.append(play.time.seconds)

    for boundary in (60, 120, 180):
        for tenth in range(-20, 20):
            play.time.plan(boundary + tenth / 10, look)
    play.work(until=200)

    # The cycles end at 60, 120 and 180; the leases begin 50 ms after them.
    assert closed_at == [60.1, 120.1, 180.1]


@pytest.mark.django_db
def test_a_worker_says_who_it_is_and_leaves_at_once_when_it_is_stopped(play):
    play.work(until=30)

    last = Presence.objects.select_related("runner").latest("started_at")
    assert (last.runner.host, last.runner.pid, last.runner.runner_id) == (
        "host-1",
        7,
        play.member.runner_id,
    )
    assert (last.eligible, last.started_at) == (False, after(30))
    assert get_service(SLUG).name == NAME


@pytest.mark.django_db
def test_a_worker_makes_room_for_one_that_joins(play):
    other = Member(host="host-2", pid=8)
    play.time.plan(40, other.join)
    # It beats as a member that waits does.
    for second in range(50, 100, 10):
        play.time.plan(second, lambda: beat(get_service(SLUG), Beat(runner_id=other.runner_id)))
    play.work(until=95)

    # Two windows of 29 s: from 40 on the second half of the minute is the other's.
    assert runs() == [
        (0.0, 40.0, "completed", ""),
        (60.05, 89.0, "completed", ""),
    ]


@pytest.mark.django_db
def test_a_run_never_goes_on_past_the_window_that_it_was_claimed_in(play):
    other = Member(host="host-2", pid=8)
    play.time.seconds = 0.0
    other.join()
    first = play.time
    # The first runner of the two leaves at 40, during the second one's window from 30 to 59.
    first.plan(40, other.leave)
    first.plan(20, lambda: beat(get_service(SLUG), Beat(runner_id=other.runner_id)))
    play.work(until=125, since=1)

    # It was alone since 40 and had the whole minute; its run's own window ended at 59.
    assert runs() == [
        (30.05, 59.0, "completed", ""),
        (60.05, 119.0, "completed", ""),
        (120.05, 125.0, "completed", ""),
    ]


@pytest.mark.django_db
def test_a_member_that_waits_writes_little(play):
    other = Member(host="host-2", pid=8)
    other.join()
    for second in range(10, 60, 10):
        play.time.plan(second, lambda: beat(get_service(SLUG), Beat(runner_id=other.runner_id)))
    asked = []
    real = claim

    def counting(*args, **kwargs):
        asked.append(play.time.seconds)
        return real(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scheduler.upkeep.member.claim", counting)
        play.work(until=29, since=1)

    # It joins with a beat, asks after 2 s, and then once a check interval.
    assert asked == [3.0, 8.0, 13.0, 18.0, 23.0, 28.0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("jump", "expected"),
    [
        # Forward by an hour: the lease is over at once, and the next one begins where it is now.
        (3_600, [(0.0, 3_620.0), (3_620.05, 3_659.0), (3_660.05, 3_675.0)]),
        # Back by ten minutes: its heartbeat at 20 finds its window gone.
        (-600, [(-579.95, -541.0), (-539.95, -525.0), (0.0, 0.0)]),
    ],
)
def test_a_clock_that_jumps_ends_the_shift_and_the_next_one_begins(play, jump, expected):
    play.time.plan(20, lambda: setattr(play.time, "jump", jump))
    play.work(until=75)

    assert [(start, end) for start, end, _, _ in runs()] == expected


@pytest.mark.django_db
def test_collectors_are_allowed_during_shifts_only(play):
    play.work(until=70)

    assert play.collectors.spans == [(0.0, 59.0), (60.05, 70.0)]


@pytest.fixture
def outage(play, monkeypatch):
    """The database is away from one second to another."""

    def away(since, until):
        def now():
            if since <= play.time.seconds < until:
                raise OperationalError("connection refused")
            return play.time.now()

        monkeypatch.setattr("scheduler.db.clock.now", now)

    return away


@pytest.mark.django_db(transaction=True)
def test_an_outage_within_a_shift_is_two_lines_and_the_shift_goes_on(play, outage):
    outage(10, 20)
    play.work(until=70)

    assert runs() == [(0.0, 59.0, "completed", ""), (60.05, 70.0, "completed", "")]
    assert play.said == [
        f"{REFUSED}. Nothing is lost; trying again.",
        "The database is back.",
        "12:01:00 UTC: 1 cycle summed up.",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_could_not_be_ended_in_time_is_abandoned_when_the_database_is_back(play, outage):
    outage(50, 100)
    play.work(until=125)

    (first, second, third) = runs()
    assert first[2:] == ("abandoned", "database_away")
    # Tried again after 1, 2, 4, 8 s and so on, half a minute at most.
    assert 100 <= first[1] <= 130
    assert second[0] == first[1]
    assert second[1:] == (119.0, "completed", "")
    assert third == (120.05, 125.0, "completed", "")


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_stopped_while_the_database_is_away_ends_all_the_same(play, outage):
    outage(50, 100)
    play.work(until=80)

    ((start, end, status, _),) = runs()
    assert (start, end, status) == (0.0, None, "running")
    assert play.said[-1].endswith("What this worker held is given up when its heartbeat expires.")


@pytest.mark.django_db
def test_a_worker_that_was_taken_for_dead_says_so_and_asks_again(play, monkeypatch):
    def give_up():
        run = Execution.objects.get(status="running")
        finish(get_service(SLUG), run.run_id, Status.ABANDONED, reason="runner_dead")

    play.time.plan(12, give_up)
    play.work(until=70)

    # It finds out with its next heartbeat.
    assert runs() == [
        (0.0, 12.0, "abandoned", "runner_dead"),
        (15.0, 59.0, "completed", ""),
        (60.05, 70.0, "completed", ""),
    ]
    assert "another one took it for dead" in play.said[0]


@pytest.mark.django_db
def test_an_exception_ends_the_run_with_its_reason_and_not_the_worker(play, monkeypatch):
    failing = iter([KeyError("x")])
    real = Upkeep.work

    def work(self, may_go_on):
        if play.time.seconds >= 30 and (error := next(failing, None)):
            raise error
        return real(self, may_go_on)

    monkeypatch.setattr(Upkeep, "work", work)
    play.work(until=70)

    assert runs() == [
        (0.0, 32.0, "abandoned", "exception"),
        (32.0, 59.0, "completed", ""),
        (60.05, 70.0, "completed", ""),
    ]
    assert play.said[0] == "The worker failed (KeyError: 'x'); trying again."


@pytest.mark.django_db
def test_a_worker_takes_the_service_that_another_one_made_meanwhile(monkeypatch):
    made = upkeep_service()
    looks = Mock(side_effect=[UnknownService(), made])
    monkeypatch.setattr("scheduler.upkeep.service.get_service", looks)

    assert upkeep_service() == made
    assert Service.objects.count() == 1


@pytest.mark.django_db
def test_an_observed_service_of_that_name_ends_the_command_with_one_line():
    create_service(SLUG, mode=ServiceMode.OBSERVED)

    with pytest.raises(CommandError, match="is observed, but workers share their work"):
        call_command("worker", stdout=StringIO())


@pytest.mark.django_db
def test_the_service_has_windows_for_twenty_workers_and_no_warnings_for_them():
    policy = policy_at(upkeep_service(), clock.now())

    assert [policy.findings(count) for count in (1, 2, 20)] == [(), (), ()]
    # 120 s / 20 - 1 s.
    assert policy.capacity(20).window_seconds == 5.0


@pytest.mark.django_db
def test_the_command_can_do_what_is_due_and_end(service):
    now = clock.now()
    beat(service, Beat(runner_id="a"), now=now - timedelta(minutes=5))
    said = StringIO()

    call_command("worker", "--once", stdout=said)

    # Five or six, by where in a minute the clock is.
    assert said.getvalue() in ("4 cycles summed up.\n", "5 cycles summed up.\n")
    assert Service.objects.get() == service


@pytest.mark.django_db
def test_the_command_that_ends_says_what_it_could_not_do(service, monkeypatch):
    beat(service, Beat(runner_id="a"), now=clock.now() - timedelta(minutes=5))
    monkeypatch.setattr("scheduler.upkeep.cycles.keep_summaries", lambda service: 1 // 0)

    with pytest.raises(CommandError, match=r"Not done: Summing up service-1\. Run it again\."):
        call_command("worker", "--once", stdout=StringIO())


def test_the_command_that_ends_says_in_one_line_that_the_database_is_away(monkeypatch):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr("scheduler.db.clock.now", away)

    with pytest.raises(CommandError, match=r"connection refused\. Nothing is lost"):
        call_command("worker", "--once", skip_checks=True)
