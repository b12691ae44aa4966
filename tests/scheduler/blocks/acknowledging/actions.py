"""Acknowledging all that a service has, and what became of it."""

from scheduler.blocks import acknowledgements
from scheduler.blocks.acknowledgements import (
    acknowledge,
)
from scheduler.models import DerivedBlock, Execution
from tests.conftest import after


def everything(service, seen=None, **who):
    """Acknowledge all that the service has."""
    said = {"by": "ada", "note": "A known outage.", "now": after(900)} | who
    return acknowledge(
        service,
        executions=Execution.objects.all(),
        derived_blocks=DerivedBlock.objects.all(),
        seen=seen,
        **said,
    )


def acknowledged(action):
    return action.executions.count(), action.derived_blocks.count()


def open_blocks(service):
    rows = service.executions.filter(status="blocked", acknowledgement=None)
    return rows.count(), service.derived_blocks.filter(acknowledgement=None).count()


class Crash(Exception):
    pass


def crash_in_turn(monkeypatch, number):
    """The lock of this number, counted from 1, is not granted any more."""
    real, granted = acknowledgements.service_lock, []

    def failing_lock(service, now):
        granted.append(now)
        if len(granted) == number:
            raise Crash
        return real(service, now)

    monkeypatch.setattr(acknowledgements, "service_lock", failing_lock)
