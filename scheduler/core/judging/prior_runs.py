"""The run that blocked an attempt, as the reason of that attempt names it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from scheduler.core.reasons import BlockReason
from scheduler.core.types import AtomicServiceExecutionStatus as Status

# As the gate writes it (intake/attempt_rows.py); a fleet may report it in this form, too.
_DETAIL = re.compile(r"(?P<run>.+?) runner:(?P<runner>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorRun:
    """``runner_id`` is empty where the reason names the run alone."""

    run_id: str
    runner_id: str


class Attempt(Protocol):
    """What is known of an attempt, stored or reconstructed."""

    @property
    def status(self) -> str: ...

    @property
    def reason(self) -> str: ...

    @property
    def reason_detail(self) -> str: ...


def prior_run(execution: Attempt) -> PriorRun | None:
    """The run that an attempt met; None where it was blocked by something else, or not at all."""
    if execution.status != Status.BLOCKED or execution.reason != BlockReason.PRIOR_RUNNING:
        return None
    return named_in(execution.reason_detail)


def named_in(detail: str) -> PriorRun | None:
    """The run that the detail of such a block names, if it names any."""
    named = _DETAIL.fullmatch(detail)
    if named is not None:
        return PriorRun(run_id=named["run"], runner_id=named["runner"])
    return PriorRun(run_id=detail, runner_id="") if detail else None
