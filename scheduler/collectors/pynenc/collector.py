"""The collector of a pynenc fleet: one poll reads the app and reports what is new.

It owns what must be remembered from one poll to the next. Loop, signals and words are elsewhere
(`loop`, `announcer`, the command watch_pynenc).
"""

import gc
from datetime import UTC, datetime, timedelta

from scheduler.collectors.beats import Beats
from scheduler.collectors.open_runs import open_runs
from scheduler.collectors.outbox import Outbox
from scheduler.collectors.pynenc import reads
from scheduler.collectors.pynenc.app import PynencApp
from scheduler.collectors.pynenc.app_policy import AppPolicy
from scheduler.collectors.pynenc.held_runs import HeldRuns
from scheduler.collectors.pynenc.recording import COLLECTOR, KIND, Recording
from scheduler.collectors.pynenc.store import Store, store_of
from scheduler.collectors.sight import Sight
from scheduler.core.types import ActiveRunnerInfo
from scheduler.db import clock
from scheduler.errors import Unavailable
from scheduler.intake.reported_types import ExecutionReport
from scheduler.words.looks import seldom_warnings

# Runners stamp their rows with their own clocks and then wait for their store: a row can turn up
# that ended a while before the last look. Also the room for clocks that are ahead of ours.
OVERLAP = timedelta(minutes=5)
AHEAD = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PynencCollector:
    """Keeps one observed service in step with one pynenc app.

    The first poll, and the first after a failed one, reads everything that the app still holds;
    the others what has ended since the last one, and what is running. A run that we hold as RUNNING
    and that is neither is looked up by itself, so it can be of any age.
    """

    def __init__(
        self,
        app: PynencApp,
        *,
        slug: str,
        good_for_seconds: float,
        every_seconds: float | None = None,
        replace: bool = False,
        path: str = "",
    ) -> None:
        """``path`` is where the app was imported from: without it, nobody sees when its files
        change."""
        self._app = app
        self._every_seconds = every_seconds
        self._path = path
        self._recording = Recording(
            app,
            slug=slug,
            good_for_seconds=good_for_seconds,
            every_seconds=every_seconds,
            replace=replace,
        )
        self._held_runs = HeldRuns(app, collector=COLLECTOR)
        self._store: Store | None = None
        self._policy: AppPolicy | None = None
        self._forget()

    def _forget(self) -> None:
        """Start anew: what was told may not have been stored, and the app may be another one."""
        self._recording.forget()
        self._held_runs.forget()
        self._read_until: datetime | None = None
        self._beats: dict[str, ActiveRunnerInfo] = {}
        self._told: dict[str, ExecutionReport] = {}

    def poll(self) -> Sight:
        """Look once.

        Raises:
            Unavailable: the app's store or our database did not answer; nothing is lost, poll
                again.
            Refused: it can't be watched like this.
        """
        try:
            with self._recording.expected():
                return self._look()
        except Unavailable:
            self._forget()
            raise
        finally:
            # The package leaves each connection to its store in a circle of objects, open until
            # these are collected: of themselves, hundreds later.
            gc.collect(1)

    def _look(self) -> Sight:
        store = self._expected_store()
        # Before anything is read: what changes during the look is read again by the next one.
        at = clock.now()
        begun = self._recording.begin(store.address, at=at, is_first=self._read_until is None)
        service = begun.service
        # Before the fleet is asked: what is stored by this look can't have vanished from it.
        held = open_runs(service)
        runners = reads.active_runners(self._app)
        app_policy = self._app_policy()
        policy = app_policy.keep(service, runners, at=at)
        # The running ones first: whatever ends after this line is in a page below.
        running = reads.running_executions(self._app)
        beats = Beats(policy, every_seconds=self._every_seconds)
        heartbeats = [*beats.new(runners, self._beats), *beats.of_the_dead(service, runners, at)]
        seen: dict[str, ExecutionReport] = {one.run_id: one for one in running}
        outbox = Outbox(service, self._told)
        outbox.tell(running, heartbeats)
        for page in reads.executions(self._app, self._since(), at + AHEAD):
            seen.update((one.run_id, one) for one in page)
            outbox.tell(page)
        found, gone = self._held_runs.look_up(service, held, seen)
        outbox.tell([*found, *gone])
        notices = app_policy.notices(service, runners, every_seconds=self._every_seconds, at=at)
        # At the very end: a look that failed half-way did not see the whole app.
        self._recording.end(service, notices, at=at)
        # The next look tells only what differs from this.
        self._told = seen
        self._beats = {one.runner_id: one for one in runners}
        self._read_until = at
        return Sight(
            at=at,
            service=service,
            policy=policy,
            runners=runners,
            read=len(seen) + len(found),
            stored=outbox.stored,
            vanished=tuple(one.run_id for one in gone),
            refused=tuple(outbox.refused),
            source=begun.source,
            gap=begun.gap,
            replaced=begun.replaced,
            notices=(*seldom_warnings(policy, self._every_seconds), *notices),
            news=tuple(app_policy.take_news()),
            policy_since=app_policy.since,
        )

    def _expected_store(self) -> Store:
        """The app's store, which is there: the package would make a new one."""
        if self._store is not None:
            self._store.expect()
            return self._store
        store = store_of(self._app)
        store.require(self._app.app_id)
        self._store = store
        return store

    def _app_policy(self) -> AppPolicy:
        if self._policy is None:
            self._policy = AppPolicy(
                self._app, path=self._path, source_kind=KIND, changed_by=COLLECTOR
            )
        return self._policy

    def close(self) -> None:
        """Leave nothing running."""
        if self._policy is not None:
            self._policy.stop()

    def _since(self) -> datetime:
        return _EPOCH if self._read_until is None else self._read_until - OVERLAP
