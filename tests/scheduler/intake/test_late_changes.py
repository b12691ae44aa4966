import pytest

from scheduler.intake.late_changes import note_change, note_changes
from scheduler.models import LateChange
from tests.conftest import T0, after

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("start", "noted"),
    # The present cycle is that of 12:01.
    [(0, True), (59.999999, True), (60, False), (75, False)],
)
def test_a_change_is_noted_where_a_cycle_in_it_is_over(service, start, noted):
    note_change(service, after(start), after(80), now=after(90))

    assert LateChange.objects.exists() is noted


def test_a_change_that_ends_before_it_began_is_an_instant(service):
    note_change(service, after(10), T0, now=after(90))

    assert list(LateChange.objects.values_list("start", "end")) == [(after(10), after(10))]


def test_a_change_is_noted_in_a_cycle_that_the_clock_came_back_to(service):
    service.summarised_until = after(120)

    note_change(service, after(75), after(80), now=after(90))

    assert LateChange.objects.exists()


def test_changes_that_are_near_are_one(service):
    changes = [(after(200), after(210)), (after(0), after(5)), (after(20), after(30))]

    note_changes(service, changes, now=after(900))

    # 30 s and 200 s are more than a cycle of a minute apart.
    assert list(LateChange.objects.order_by("start").values_list("start", "end")) == [
        (after(0), after(30)),
        (after(200), after(210)),
    ]
