"""What became of the runs that we hold as RUNNING and that a pynenc app did not show."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from scheduler.collectors.open_runs import last_look, vanished
from scheduler.collectors.pynenc import reads
from scheduler.collectors.pynenc.app import PynencApp
from scheduler.intake.reported_types import ExecutionReport
from scheduler.models import Service

_SECOND = timedelta(seconds=1)


class HeldRuns:
    """A run has vanished when two polls in a row find no trace of it: a store that is not read in
    one piece may show a row nowhere while it changes.
    """

    def __init__(self, app: PynencApp, *, collector: str) -> None:
        self._app = app
        self._collector = collector
        self._missing: dict[str, datetime] = {}

    def forget(self) -> None:
        """Start anew."""
        self._missing = {}

    def look_up(
        self, service: Service, held: Iterable[ExecutionReport], seen: Collection[str]
    ) -> tuple[list[ExecutionReport], list[ExecutionReport]]:
        """Those of the held runs, but for the ``seen`` ones, that are found, and that are gone."""
        found, gone, missing = [], [], {}
        for one in held:
            if one.run_id in seen:
                continue
            # By its own start, which may lie long before anything that was read by this look.
            told = self._find(one)
            if told is not None:
                found.append(told)
            elif one.run_id in self._missing:
                gone.append(vanished(one, self._missing[one.run_id]))
            else:
                # When it was seen last: that is the end it gets, should the next look miss it, too.
                missing[one.run_id] = last_look(service, self._collector) or one.started_at
        self._missing = missing
        return found, gone

    def _find(self, held: ExecutionReport) -> ExecutionReport | None:
        around = held.started_at - _SECOND, held.started_at + _SECOND
        pages = reads.executions(self._app, *around)
        return next((one for page in pages for one in page if one.run_id == held.run_id), None)
