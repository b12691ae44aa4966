"""What a collector has to tell, told once: items that went out before are left out."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import batched

from scheduler.door import ITEMS_AT_MOST
from scheduler.intake.reported_types import ConflictingRun, ExecutionReport, HeartbeatReport
from scheduler.intake.reports import InvalidReport, report
from scheduler.models import Service


class Outbox:
    """Reports what differs from what was ``told`` before, by run id.

    An item that can't be kept does not hold up the others: it is left out and said in ``refused``.
    """

    def __init__(self, service: Service, told: Mapping[str, ExecutionReport]) -> None:
        self._service = service
        self._told = told
        self.stored = 0
        self.refused: list[str] = []

    def tell(
        self,
        executions: Iterable[ExecutionReport],
        heartbeats: Sequence[HeartbeatReport] = (),
    ) -> None:
        """Report the executions that are new or have changed, and the heartbeats."""
        new = [one for one in executions if self._told.get(one.run_id) != one]
        # What most looks have to tell fits into one report, which is one transaction.
        if 0 < len(new) + len(heartbeats) <= ITEMS_AT_MOST:
            self._send(new, heartbeats)
            return
        # A large fleet has more to tell than one report takes.
        for beats in batched(heartbeats, ITEMS_AT_MOST):
            self._send((), beats)
        for runs in batched(new, ITEMS_AT_MOST):
            self._send(runs, ())

    def _send(
        self, executions: Sequence[ExecutionReport], heartbeats: Sequence[HeartbeatReport]
    ) -> None:
        try:
            result = report(self._service, executions=executions, heartbeats=heartbeats)
        except InvalidReport as error:
            # All that is wrong is named at once, so that the rest goes through at the second try.
            self.refused += [problem.message for problem in error.problems]
            wrong = {(problem.kind, problem.index) for problem in error.problems}
            self._send(
                [one for at, one in enumerate(executions) if ("execution", at) not in wrong],
                [one for at, one in enumerate(heartbeats) if ("heartbeat", at) not in wrong],
            )
        except ConflictingRun as error:
            # Beats are in conflict with nothing.
            self._send((), heartbeats)
            if len(executions) == 1:
                self.refused.append(str(error))
                return
            # It does not say which one it was.
            for one in executions:
                self._send([one], ())
        else:
            self.stored += result.executions
