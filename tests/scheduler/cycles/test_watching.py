from datetime import timedelta

import pytest

from scheduler.cycles.loading import load_cycle
from scheduler.cycles.watching import pause_between_looks, watch_of, watching_now
from scheduler.intake.reported_types import HeartbeatReport
from scheduler.intake.reports import InvalidReport, report, watched
from scheduler.intake.sources import SourceAddress, require_source, tell_notices
from scheduler.models import Service, Source, Watch
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db

ADDRESS = SourceAddress(kind="pynenc", app_id="shop", store="/srv/shop.sqlite3")


def look(service: Service, at: float, every: float) -> float | None:
    """Look once, and tell what the pause between two looks is taken for."""
    watched(service, "pynenc", at=after(at), good_for_seconds=30, every_seconds=every)
    return Watch.objects.order_by("-started_at").values_list("every_seconds", flat=True)[0]


def test_the_pause_between_two_looks_is_known(observed: Service) -> None:
    assert [look(observed, at, 2) for at in (0, 2, 4)] == [2, 2, 2]


def test_of_two_collectors_the_keener_one_counts(observed: Service) -> None:
    looks = [(0, 10), (1, 2), (3, 2), (5, 2), (10, 10), (11, 2), (13, 2)]

    assert [look(observed, *each) for each in looks] == [10, 2, 2, 2, 2, 2, 2]


def test_when_the_keener_one_is_gone_the_other_counts(observed: Service) -> None:
    looks = [(0, 10), (1, 2), (10, 10), (20, 10)]

    assert [look(observed, *each) for each in looks] == [10, 2, 10, 10]


def test_nobody_watches_after_the_last_look_has_expired(observed: Service) -> None:
    look(observed, 0, 2)

    assert watching_now(observed, after(30)) is not None
    assert watching_now(observed, after(31)) is None


@pytest.mark.parametrize("at", [1, 31])
def test_the_pause_is_known_also_when_nobody_looks_any_more(observed: Service, at: float) -> None:
    look(observed, 0, 2)

    assert pause_between_looks(observed, watching_now(observed, after(at))) == 2


def test_what_a_collector_says_is_said_as_long_as_it_watches(observed: Service) -> None:
    require_source(observed, ADDRESS, at=after(0))
    look(observed, 0, 2)
    tell_notices(observed, ["Restart the runners."], at=after(0))
    observed.refresh_from_db()
    told = observed.revision
    tell_notices(observed, ["Restart the runners."], at=after(1))

    watching = watching_now(observed, after(1))

    assert watching is not None
    assert watching.notices == ("Restart the runners.",)
    observed.refresh_from_db()
    assert observed.revision == told
    assert Source.objects.get().since == after(0)


@pytest.mark.parametrize("good_for", [0.0, -1.0, float("nan"), float("inf")])
def test_a_beat_that_is_good_for_nothing_is_refused(observed: Service, good_for: float) -> None:
    beat = HeartbeatReport(runner_id="a", at=after(0), good_for_seconds=good_for)

    with pytest.raises(InvalidReport, match="good_for_seconds"):
        report(observed, heartbeats=[beat])


@pytest.mark.parametrize("order", [(60.0, 5.0), (5.0, 60.0), (None, 5.0), (5.0, None)])
def test_of_two_lengths_of_one_beat_the_shorter_counts_in_any_order(
    observed: Service, order: tuple[float | None, float | None]
) -> None:
    for good_for in order:
        beat = HeartbeatReport(runner_id="a", at=after(0), good_for_seconds=good_for)
        report(observed, heartbeats=[beat], now=after(100))

    (presence,) = observed.presences.all()
    assert presence.expires_at == after(0) + timedelta(seconds=5)


def test_a_collector_that_did_not_come_again_saw_nothing_after_its_last_look(
    observed: Service,
) -> None:
    watched(observed, "pynenc", at=after(0), good_for_seconds=10, every_seconds=2)
    watched(observed, "pynenc", at=after(2), good_for_seconds=10, every_seconds=2)

    assert watch_of(observed, after(11)).is_on
    assert watch_of(observed, after(13)).until == after(2)
    assert [each.ended_at for each in load_cycle(observed, T0, now=after(13)).watching or ()] == [
        after(2)
    ]


def test_a_look_that_says_not_when_the_next_one_comes_is_taken_at_its_word(
    observed: Service,
) -> None:
    watched(observed, "agent", at=after(0), good_for_seconds=10)

    assert watch_of(observed, after(60)).until == after(10)
    assert [each.ended_at for each in load_cycle(observed, T0, now=after(60)).watching or ()] == [
        after(10)
    ]
