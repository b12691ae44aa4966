"""Blocks for the tests of the blocked audit."""

import re
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from scheduler.models import DerivedBlock, Execution, Runner, Service
from tests.conftest import T0, after
from tests.dashboard.web.reading import text_of

_numbers = count(1)


def runner(service: Service, runner_id: str, **more: Any) -> Runner:
    found, _ = Runner.objects.get_or_create(
        service=service, runner_id=runner_id, defaults={"first_seen_at": T0} | more
    )
    return found


def block(
    service: Service, at: float, reason: str = "late_start", *, of: str = "a", **more: Any
) -> Execution:
    """A recorded block of the runner `of`, `at` so many seconds after T0."""
    number = next(_numbers)
    first = after(at)
    defaults = {
        "run_id": f"block-{number}",
        "status": "blocked",
        "origin": "reported",
        "started_at": first,
        "ended_at": first,
        "first_attempt_at": first,
        "last_attempt_at": first,
    }
    made: Execution = Execution.objects.create(
        service=service, runner=runner(service, of), reason=reason, **(defaults | more)
    )
    return made


def run(service: Service, run_id: str, at: float, *, of: str = "b") -> Execution:
    """A run that goes on."""
    return block(service, at, "", of=of, run_id=run_id, status="running", ended_at=None)


def derived(
    service: Service, at: float, reason: str = "prior_running", *, of: str = "a", **more: Any
) -> DerivedBlock:
    """A derived block of a quarter of a minute."""
    start = after(at)
    defaults = {
        "cycle_start": start.replace(second=0, microsecond=0),
        "started_at": start,
        "ended_at": start + timedelta(seconds=15),
        "runner_position": 1,
        "stable_runner_count": 4,
    }
    made: DerivedBlock = DerivedBlock.objects.create(
        service=service, runner=runner(service, of), reason=reason, **(defaults | more)
    )
    return made


def window(at: float, seconds: float) -> dict[str, datetime]:
    return {"slot_start": after(at), "slot_end": after(at + seconds)}


def rows_of(html: str) -> list[str]:
    """The rows of the list, each as it is read."""
    table = html.partition('class="log blocks"')[2].partition("</table>")[0]
    return [text_of(row) for row in re.findall(r'<tr id="[^"]+">.*?</tr>', table, re.DOTALL)]
