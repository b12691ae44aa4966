import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduler.door import Unacceptable
from scheduler.intake.heartbeats import Beat, InvalidBeat, WrongServiceMode, beat
from scheduler.intake.runner_rows import InvalidRunnerId
from scheduler.models import Presence, Runner, Service
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db


def lifespans(service: Service) -> list[tuple[str, float, float, float, bool]]:
    return [
        (
            row.runner.runner_id,
            (row.started_at - T0).total_seconds(),
            (row.last_heartbeat_at - T0).total_seconds(),
            (row.expires_at - T0).total_seconds(),
            row.eligible,
        )
        for row in Presence.objects.select_related("runner")
        .filter(service=service)
        .order_by("started_at", "runner__runner_id")
    ]


def seats(service: Service) -> list[str]:
    rows = Presence.objects.filter(service=service, position__isnull=False)
    return list(rows.order_by("position").values_list("runner__runner_id", flat=True))


def test_beats_in_time_extend_one_lifespan(service):
    for second in (0, 10, 39):
        beat(service, Beat(runner_id="a"), now=after(second))

    assert lifespans(service) == [("a", 0, 39, 69, True)]


def test_a_beat_at_the_very_end_still_extends(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="a"), now=after(30))

    assert lifespans(service) == [("a", 0, 30, 60, True)]


def test_a_beat_after_the_end_opens_a_new_presence_and_keeps_the_creation(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="a"), now=after(30.000001))

    assert lifespans(service) == [
        ("a", 0, 0, 30, True),
        ("a", 30.000001, 30.000001, 60.000001, True),
    ]
    assert Runner.objects.get(service=service, runner_id="a").first_seen_at == T0


def test_a_change_of_eligibility_ends_the_presence_a_microsecond_earlier(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    beat(service, Beat(runner_id="a", eligible=False), now=after(5))

    assert lifespans(service) == [("a", 0, 0, 4.999999, True), ("a", 5, 5, 35, False)]
    assert seats(service) == []


def test_a_clock_that_jumps_back_takes_nothing_back(service):
    beat(service, Beat(runner_id="a"), now=after(20))
    beat(service, Beat(runner_id="a"), now=after(5))

    assert lifespans(service) == [("a", 20, 20, 50, True)]


def test_many_beats_at_once_are_one_row_a_runner(service):
    beat(service, *(Beat(runner_id=f"r{i:03}") for i in range(50)), now=after(0))
    beat(service, *(Beat(runner_id=f"r{i:03}") for i in range(50)), now=after(5))

    assert lifespans(service) == [(f"r{i:03}", 0, 5, 35, True) for i in range(50)]
    assert seats(service) == [f"r{i:03}" for i in range(50)]


def test_seats_are_in_order_of_creation_then_id(service):
    beat(service, Beat(runner_id="late-comer"), now=after(0))
    beat(service, Beat(runner_id="b"), Beat(runner_id="B"), Beat(runner_id="a"), now=after(1))

    # Code points: "B" < "a" < "b".
    assert seats(service) == ["late-comer", "B", "a", "b"]


def test_a_returning_runner_gets_its_old_place(service):
    for second, runner_ids in ((0, "a"), (1, "b"), (25, "b"), (40, "c"), (45, "a")):
        beat(service, *(Beat(runner_id=one) for one in runner_ids), now=after(second))

    assert seats(service) == ["a", "b", "c"]


def test_the_seat_of_an_expired_runner_is_freed_by_anybodys_beat(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), Beat(runner_id="c"), now=after(0))
    beat(service, Beat(runner_id="a"), Beat(runner_id="c"), now=after(25))
    beat(service, Beat(runner_id="c"), now=after(31))

    assert seats(service) == ["a", "c"]


def test_an_eligible_joiner_and_a_retiring_runner_in_one_batch(service):
    beat(service, Beat(runner_id="a"), Beat(runner_id="b"), now=after(0))
    beat(service, Beat(runner_id="a", eligible=False), Beat(runner_id="c"), now=after(5))

    assert seats(service) == ["b", "c"]


def test_the_runners_identity_is_kept(service):
    beat(service, Beat(runner_id="a", host="h1", pid=812), now=after(10))
    beat(service, Beat(runner_id="a"), now=after(15))

    runner = Runner.objects.get(service=service, runner_id="a")
    assert (runner.host, runner.pid) == ("h1", 812)


def test_only_a_drawn_change_raises_the_revision(service):
    beat(service, Beat(runner_id="a"), now=after(0))
    first = Service.objects.get(pk=service.pk).revision
    beat(service, Beat(runner_id="a"), now=after(10))
    second = Service.objects.get(pk=service.pk).revision
    beat(service, Beat(runner_id="b"), now=after(12))

    assert first == second
    assert Service.objects.get(pk=service.pk).revision > second


@pytest.mark.parametrize(
    "runner_id", ["", "x" * 201, "a\nb", "a\0", "\ud83d", " ", "\u200b", "x/../y", None, 812]
)
def test_an_id_that_cannot_be_kept_is_refused_and_nothing_is_stored(service, runner_id):
    with pytest.raises(InvalidRunnerId, match=r"^A runner id .*\.$"):
        beat(service, Beat(runner_id="good"), Beat(runner_id=runner_id), now=after(0))

    assert lifespans(service) == []


@pytest.mark.parametrize("host", ["a\0", "\ud83d", "x" * 201])
def test_a_host_that_cannot_be_kept_is_refused_and_nothing_is_stored(service, host):
    with pytest.raises(
        InvalidBeat, match=r"^Nothing was stored. Beat of 'b': host .*(has a NUL|at most)"
    ):
        beat(service, Beat(runner_id="a"), Beat(runner_id="b", host=host), now=after(0))

    assert lifespans(service) == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"pid": 2**63}, "pid must be a whole number from 0 to 4,294,967,295"),
        ({"pid": -1}, "pid must be"),
        ({"pid": True}, "pid must be"),
        ({"eligible": 1}, "eligible must be True or False, not 1"),
        ({"host": None}, "host must be a text, not None"),
        ({"host": "a\nb"}, "host .* must have no control characters"),
        ({"runner_time": "noon"}, "runner_time must be a datetime"),
        ({"round_trip_seconds": float("nan")}, "round_trip_seconds must be from 0 to 86400"),
        ({"round_trip_seconds": True}, "round_trip_seconds must be a number, such as"),
    ],
)
def test_a_beat_that_cannot_be_kept_is_refused_in_words(service, told, words):
    with pytest.raises(InvalidBeat, match=f"^Nothing was stored. Beat of 'b': {words}"):
        beat(service, Beat(runner_id="a"), Beat(runner_id="b", **told), now=after(0))

    assert lifespans(service) == []


def test_more_beats_than_one_call_takes_are_refused(service):
    with pytest.raises(InvalidBeat, match="at most 5,000 beats, not 5,001"):
        beat(service, *[Beat(runner_id=f"r{number}") for number in range(5_001)], now=after(0))


def test_white_space_at_the_edges_of_ids_and_hosts_is_not_kept(service):
    beat(service, Beat(runner_id=" a\u00a0", host="\th1 "), now=after(0))
    beat(service, Beat(runner_id="a", host=" "), now=after(1))

    assert [(each.runner_id, each.host) for each in Runner.objects.all()] == [("a", "h1")]


def test_a_clock_without_a_zone_is_refused(service):
    with pytest.raises(Unacceptable, match=r"now .* has no time zone"):
        beat(service, Beat(runner_id="a"), now=after(0).replace(tzinfo=None))


def test_an_observed_service_takes_no_direct_beats(observed):
    with pytest.raises(WrongServiceMode, match=r"report\(\)"):
        beat(observed, Beat(runner_id="a"))


def test_a_new_runner_is_written_once_with_all_that_its_beat_tells(service: Service) -> None:
    one = Beat(runner_id="a", host="host-1", pid=7, runner_time=after(0), round_trip_seconds=0.01)

    with CaptureQueriesContext(connection) as queries:
        beat(service, one, now=after(0))

    runner = Runner.objects.get()
    assert (runner.host, runner.pid, runner.clock is None) == ("host-1", 7, False)
    assert [each for each in queries if each["sql"].startswith('UPDATE "scheduler_runner"')] == []
