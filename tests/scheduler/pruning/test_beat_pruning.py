"""Heartbeats go with the past and are thinned; the presences that are laid from them stay."""

from dataclasses import replace
from random import Random

import pytest

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.intake.reported_types import ExecutionReport, HeartbeatReport
from scheduler.intake.reports import report
from scheduler.models import Heartbeat, LateChange, Presence, Service, ServiceMode
from scheduler.policies import policy_at
from scheduler.pruning.beats import BeatPruning
from scheduler.services import change_policy
from tests.conftest import after
from tests.lengths import first_of
from tests.scheduler.pruning.pruned_rows import prune_all

pytestmark = pytest.mark.django_db
DAY = 86_400.0


def tell(observed, *told, now=DAY):
    """Heartbeats as (runner, second, eligible)."""
    beats = [
        HeartbeatReport(runner_id=name, at=after(second), eligible=eligible)
        for name, second, eligible in told
    ]
    return report(observed, heartbeats=beats, now=after(now))


def life(observed, since=0.0):
    """Every lifespan, from ``since`` on."""
    rows = Presence.objects.filter(service=observed, expires_at__gte=after(since))
    return [
        (
            row.runner.runner_id,
            max(row.started_at, after(since)),
            row.last_heartbeat_at,
            row.expires_at,
            row.eligible,
        )
        for row in rows.select_related("runner").order_by("runner", "started_at")
    ]


def random_beats(random, until):
    """Three runners that beat every ten seconds or so, with gaps, now and then not eligible."""
    for name in "abc":
        second, eligible = random.uniform(0, 5_000), True
        while second < until:
            yield name, second, eligible
            second += random.choice((5.0, 10.0, 10.0, 10.0, 29.9, 30.0, 31.0, 700.0))
            eligible = eligible if random.random() < 0.9 else not eligible


def keep(observed, *, summed_up, days=None):
    Service.objects.filter(pk=observed.pk).update(
        summarised_until=after(summed_up), keep_days=days, keep_summary_days=None
    )
    # Nothing is owed of what is summed up.
    LateChange.objects.filter(service=observed).delete()
    observed.refresh_from_db()


def seconds_of_beats():
    beats = Heartbeat.objects.order_by("at").values_list("at", flat=True)
    return [(at - after(0)).total_seconds() for at in beats]


@pytest.fixture
def twin(make_service):
    """Another observed service, to be told the same and not to be pruned."""
    return make_service(ServiceMode.OBSERVED)


@pytest.mark.parametrize("seed", first_of(1, range(3)))
def test_thinned_beats_lay_the_same_presences(observed, twin, seed):
    beats = list(random_beats(Random(seed), 20_000.0))
    late = [(name, second, True) for name in "abc" for second in (20_500, 20_300)]
    for each in (observed, twin):
        tell(each, *beats)
    keep(observed, summed_up=0)

    prune_all(observed, after(3 * DAY), at_most=50)
    thinned = observed.heartbeats.count()
    for beat in late:
        tell(observed, beat)
        tell(twin, beat)

    assert thinned < len(beats) * 0.9
    assert life(observed) == life(twin)


@pytest.mark.parametrize("seed", first_of(2, range(4)))
def test_without_the_beats_of_the_past_the_rest_is_laid_the_same(observed, twin, seed):
    random = Random(seed)
    beats = list(random_beats(random, 20_000.0))
    # What is over before this goes; it is 11,000 s into the beats.
    late = [
        (name, random.uniform(11_000, 13_000), random.random() < 0.5)
        for name in "abc"
        for _ in range(5)
    ]
    for each in (observed, twin):
        tell(each, *beats)
    keep(observed, summed_up=11_000, days=0.5)

    prune_all(observed, after(60_000), at_most=50)
    left = observed.heartbeats.filter(at__lt=after(11_000)).count()
    for beat in late:
        tell(observed, beat)
        tell(twin, beat)

    # Of each runner the last one before, at the most, if that says that it was alive then.
    assert left <= 3 < twin.heartbeats.filter(at__lt=after(11_000)).count()
    assert life(observed, since=11_000) == life(twin, since=11_000)


def test_a_lifespan_keeps_its_start_when_its_first_beats_are_gone(observed):
    tell(observed, *(("a", second, True) for second in range(0, 2_000, 20)))
    keep(observed, summed_up=1_000, days=0.5)

    prune_all(observed, after(60_000))
    tell(observed, ("a", 1_990.0 - 15, False), now=60_000)

    # 990 is good until 1,020. The late one cuts the lifespan, which began at 0.
    assert Heartbeat.objects.order_by("at").first().at == after(980)
    assert [(row[1], row[4]) for row in life(observed)] == [
        (after(0), True),
        (after(1_975), False),
        (after(1_980), True),
    ]


def test_a_late_beat_of_a_pruned_time_cuts_nothing(observed):
    tell(observed, *(("a", second, True) for second in range(0, 2_000, 20)))
    keep(observed, summed_up=1_000, days=0.5)
    prune_all(observed, after(60_000))
    before = life(observed)

    result = tell(observed, ("a", 100.0, False), ("a", 200.0, True), now=60_000)

    assert result.heartbeats == 0
    assert life(observed) == before


def test_a_late_beat_that_is_good_beyond_the_mark_counts(observed):
    tell(observed, ("a", 500.0, True), ("a", 1_500.0, True))
    keep(observed, summed_up=1_000, days=0.5)
    prune_all(observed, after(60_000))

    tell(observed, ("a", 980.0, True), now=60_000)

    # The runner's last lifespan before is gone: it has later ones.
    assert [row[1:4] for row in life(observed, since=900)] == [
        (after(980), after(980), after(1_010)),
        (after(1_500), after(1_500), after(1_530)),
    ]


def test_beats_are_whole_for_a_day(observed):
    tell(observed, *(("a", second, True) for second in range(0, 7_200, 10)))
    keep(observed, summed_up=0)

    prune_all(observed, after(DAY))
    whole = Heartbeat.objects.count()
    prune_all(observed, after(DAY + 3 * 3_600))

    # One in 30 s is left; the second beat at the end of the slice, too.
    assert (whole, Heartbeat.objects.count()) == (720, 241)


def test_a_beat_that_comes_while_a_slice_is_looked_at_is_seen(observed, monkeypatch):
    tell(observed, *(("a", second, True) for second in range(0, 90, 10)))
    keep(observed, summed_up=0)
    real = BeatPruning.next_batch

    def next_batch(*told):
        batch = real(*told)
        if (
            batch is not None
            and batch.thins is not None
            and not Heartbeat.objects.filter(eligible=False).exists()
        ):
            tell(observed, ("a", 45.0, False), now=DAY)
        return batch

    monkeypatch.setattr(BeatPruning, "next_batch", next_batch)
    prune_all(observed, after(2 * DAY))

    # 40 and 50 tell the end of one lifespan and the beginning of the next one.
    assert seconds_of_beats() == [0, 30, 40, 45, 50, 80]


def test_all_that_is_known_of_a_holder_stays(observed):
    tell(observed, *(("a", second, True) for second in (0, 20, 500, 520)))
    run = ExecutionReport(run_id="x", runner_id="a", status=Status.RUNNING, started_at=after(10))
    report(observed, executions=[run], now=after(600))
    keep(observed, summed_up=10_000, days=0.01)

    prune_all(observed, after(11_000))

    assert (Heartbeat.objects.count(), Presence.objects.count()) == (4, 2)


def test_the_last_that_was_heard_of_a_runner_stays(observed):
    tell(observed, *(("a", second, True) for second in (0, 20, 500, 520)))
    keep(observed, summed_up=10_000, days=0.01)

    prune_all(observed, after(11_000))

    assert Heartbeat.objects.count() == 0
    assert life(observed) == [("a", after(500), after(520), after(550), True)]


def test_it_comes_back_after_that(observed):
    tell(observed, *(("a", second, True) for second in (0, 20)))
    keep(observed, summed_up=10_000, days=0.01)
    prune_all(observed, after(11_000))

    tell(observed, *(("a", second, True) for second in (11_100, 11_110)), now=11_110)
    tell(observed, ("a", 11_105, True), now=11_110)

    assert [row[1:3] for row in life(observed)] == [
        (after(0), after(20)),
        (after(11_100), after(11_110)),
    ]


def test_beats_of_another_policy_are_thinned_by_how_long_they_are_good(observed, monkeypatch):
    monkeypatch.setattr("scheduler.db.clock.now", lambda: after(0))
    shorter = replace(policy_at(observed, after(0)), dead_after_seconds=10.0)
    change_policy(observed, shorter, changed_by="", effective_from=after(45))
    tell(observed, *(("a", second, True) for second in range(0, 90, 10)))
    keep(observed, summed_up=0)

    prune_all(observed, after(2 * DAY))

    # Until 45 s each is good for 30 s, so that 30 reaches 60; then for 10, just to the next.
    assert seconds_of_beats() == [0, 30, 60, 70, 80]
