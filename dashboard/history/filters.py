"""The filters of the history, the blocked audit and the exports of both, each in one place.

What is asked of a row stands at the field that is named here, in `scheduler.history.filters`. Names
and values are those of the exports and of the API. An empty value is as none.
"""

from dashboard.history.filter_kinds import (
    Answer,
    Cycle,
    Filter,
    Instant,
    Origins,
    RunId,
    Runners,
    Seconds,
    Texts,
    Ticked,
)
from dashboard.text.signals import BLOCKED, STATUSES, blocked_reason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.history.filters import DERIVED
from scheduler.models import Origin

RUNNER = "runner_id"
STATUS = "status"
REASON = "reason"
ORIGIN = "origin"
CYCLE = "cycle_start"
FROM = "from"
TO = "to"
MIN_DURATION = "min_duration_seconds"
MAX_DURATION = "max_duration_seconds"
ACKNOWLEDGED = "acknowledged"
# The origins that can be asked for: of executions, and of blocks.
RECORDED = tuple(origin.value for origin in Origin)
ORIGINS = (*RECORDED, DERIVED)
# The legends of the form in their order; some share a fieldset, which has the first that is there.
LEGENDS = (("Runner",), ("Status",), ("Reason",), ("Time",), ("Duration", "Run"), ("Origin",))

_STATUSES = {status.value: signal for status, signal in STATUSES.items()}
_REASONS = tuple(map(str, BLOCKED))
_ORIGINS = {"claimed": "Decided here", "reported": "Reported", DERIVED: "Derived"}
_TIMES = "now-6h, 14:05"
# The parameter, its word, the field that it asks by, and its legend; in the order in which they are
# told.
FILTERS: tuple[Filter, ...] = (
    Runners(RUNNER, "Runner", "runners", "Runner", placeholder="Runner id or host:pid"),
    Ticked(STATUS, "Status", "statuses", "Status", known=_STATUSES, typed=Status, is_of_runs=True),
    Texts(REASON, "Reason", "reasons", "Reason", listed=_REASONS, words=blocked_reason),
    Origins(ORIGIN, "Origin", "origins", "Origin", known=_ORIGINS),
    Instant(FROM, "From", "since", "Time", placeholder=_TIMES),
    Instant(TO, "Before", "until", "Time", placeholder=_TIMES),
    Cycle(CYCLE, "Cycle from", "began_since", "Time", label="Cycle", placeholder="its start"),
    Seconds(MIN_DURATION, "At least", MIN_DURATION, "Duration", placeholder="0.5", is_of_runs=True),
    Seconds(MAX_DURATION, "At most", MAX_DURATION, "Duration", placeholder="60", is_of_runs=True),
    RunId("run_id", "Run id", "run_id", "Run", placeholder="or its beginning"),
    Answer(ACKNOWLEDGED, "Acknowledged", "acknowledged", "Origin", label="Blocks"),
)
# Of two, the first can't be after the second.
RANGES = ((FROM, TO), (MIN_DURATION, MAX_DURATION))
