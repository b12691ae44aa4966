"""`manage.py seed_history` as a user meets it."""

import signal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from scheduler.management.commands import seed_history
from scheduler.management.progress import progress
from scheduler.models import Execution, Service

SMALL = {"executions": 1_500, "runners": 10, "services": 2, "seed": 1}


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def run(**changes) -> str:
    out = StringIO()
    call_command("seed_history", stdout=out, **(SMALL | changes))
    return out.getvalue()


@pytest.mark.django_db
def test_it_says_what_it_wrote_and_what_the_worker_will_do():
    text = run(summarise_days=2.5)

    assert "1,500 executions of 10 runners in 2 services (seed-00 to seed-01) written in" in text
    assert "The worker will sum up the cycles of the last 2.5 days" in text
    assert Execution.objects.count() == 1_500


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"runners": 9}, "need at least 10 runners"),
        ({"executions": 20}, "at least"),
        ({"prefix": "a b"}, "--prefix a b: Enter a valid “slug”"),
    ],
)
def test_an_impossible_wish_is_an_error_that_says_what_is_possible(changes, says):
    with pytest.raises(CommandError, match=says):
        run(**changes)

    assert not Service.objects.exists()


@pytest.mark.django_db
def test_a_second_time_it_refuses():
    run()

    with pytest.raises(CommandError, match="2 of these services exist already"):
        run()


@pytest.mark.django_db
def test_ctrl_c_stops_it_between_two_batches(monkeypatch):
    monkeypatch.setattr("scheduler.simulation.seeding.seed.BATCH", 500)
    write = seed_history.write

    def interrupted(services):
        for number in write(services):
            signal.raise_signal(signal.SIGINT)
            yield number

    monkeypatch.setattr(seed_history, "write", interrupted)

    with pytest.raises(CommandError, match="Stopped: 500 of 1,500 executions") as stopped:
        run()

    assert stopped.value.returncode == 130
    assert Execution.objects.count() == 500


def test_without_a_terminal_a_line_is_said_every_few_seconds():
    out, clock = StringIO(), iter([0.0, 2.0, 6.0, 6.0, 7.0, 11.0, 11.0])
    with progress(4_000, what="rows", out=out, monotonic=lambda: next(clock)) as advance:
        for _ in range(4):
            advance(1_000)

    assert out.getvalue() == "2,000 of 4,000 rows\n4,000 of 4,000 rows\n"


def test_on_a_terminal_a_bar_grows():
    out = Terminal()
    with progress(4_000, what="rows", out=out) as advance:
        advance(4_000)

    assert "Rows" in out.getvalue()
    assert "4000/4000" in out.getvalue()
