"""The collector of a pynenc fleet: one poll reads the app and reports what is new.

It owns what must be remembered from one poll to the next. Loop, signals and words are elsewhere
(`loop`, `announcer`, the command watch_pynenc).
"""

import gc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import django.db

from scheduler.collectors.beats import Beats
from scheduler.collectors.observed import hold_to, observed_service
from scheduler.collectors.open_runs import last_look, last_watch, open_runs, vanished
from scheduler.collectors.outbox import Outbox
from scheduler.collectors.pynenc import reads
from scheduler.collectors.pynenc.app import PynencApp, policy_of
from scheduler.collectors.pynenc.app_policy import AppPolicy
from scheduler.collectors.pynenc.store import Store, store_of
from scheduler.collectors.sight import Sight
from scheduler.core.cycle.looks import seldom_looks
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.db import clock
from scheduler.db.connections import NAME, hang_up
from scheduler.db.outages import one_line
from scheduler.errors import Refused, Unavailable
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import watched
from scheduler.intake.sources import SourceAddress, tell_notices
from scheduler.models import Service
from scheduler.retention.archive import ArchivedService
from scheduler.words.looks import seldom_words

KIND = "pynenc"
COLLECTOR = "watch_pynenc"
# Runners stamp their rows with their own clocks and then wait for their store: a row can turn up
# that ended a while before the last look. Also the room for clocks that are ahead of ours.
OVERLAP = timedelta(minutes=5)
AHEAD = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


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
        self._slug = slug
        self._good_for_seconds = good_for_seconds
        self._every_seconds = every_seconds
        self._replace = replace
        self._path = path
        self._store: Store | None = None
        self._policy: AppPolicy | None = None
        self._forget()

    def _forget(self) -> None:
        """Start anew: what was told may not have been stored, and the app may be another one."""
        self._service: Service | None = None
        self._read_until: datetime | None = None
        self._beats: dict[str, ActiveRunnerInfo] = {}
        self._told: dict[str, ExecutionReport] = {}
        self._missing: dict[str, datetime] = {}

    def poll(self) -> Sight:
        """Look once.

        Raises:
            Unavailable: the app's store or our database did not answer; nothing is lost, poll
                again.
            Refused: it can't be watched like this.
        """
        try:
            return self._look()
        except Unavailable:
            self._forget()
            raise
        except django.db.Error as error:
            self._forget()
            hang_up()
            raise Unavailable(NAME, one_line(error)) from error
        except ArchivedService as error:
            raise Refused(str(error)) from error
        except Service.DoesNotExist as error:
            raise Refused(f"Service {self._slug!r} was deleted while it was watched.") from error
        finally:
            # The package leaves each connection to its store in a circle of objects, open until
            # these are collected: of themselves, hundreds later.
            gc.collect(1)

    def _look(self) -> Sight:
        store = self._expected_store()
        at = clock.now()
        service = self._observed_service()
        source = SourceAddress(kind=KIND, app_id=self._app.app_id, store=store.address)
        replaced = hold_to(service, source, at=at, replace=self._replace)
        self._replace = False
        gap = self._gap(service, at)
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
        found, gone = self._look_up(service, held, seen)
        outbox.tell([*found, *gone])
        watched(
            service,
            COLLECTOR,
            at=at,
            good_for_seconds=self._good_for_seconds,
            every_seconds=self._every_seconds,
        )
        notices = app_policy.notices(service, runners, every_seconds=self._every_seconds, at=at)
        tell_notices(service, notices, at=at)
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
            source=source,
            gap=gap,
            replaced=replaced,
            notices=(*self._seldom(policy), *notices),
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

    def _observed_service(self) -> Service:
        if self._service is None:
            self._service = observed_service(
                self._slug,
                name=self._app.app_id,
                policy=policy_of(self._app),
                changed_by=COLLECTOR,
            )
        return self._service

    def _app_policy(self) -> AppPolicy:
        if self._policy is None:
            self._policy = AppPolicy(
                self._app, path=self._path, source_kind=KIND, changed_by=COLLECTOR
            )
        return self._policy

    def _seldom(self, policy: SchedulingPolicy) -> tuple[str, ...]:
        seldom = seldom_looks(policy, self._every_seconds)
        return (seldom_words(seldom),) if seldom else ()

    def close(self) -> None:
        """Leave nothing running."""
        if self._policy is not None:
            self._policy.stop()

    def _gap(self, service: Service, at: datetime) -> tuple[datetime, datetime] | None:
        """What nobody watched before the first look; of later ones, the loop knows by itself."""
        last = last_watch(service, COLLECTOR) if self._read_until is None else None
        return None if last is None or last.expires_at >= at else (last.last_seen_at, at)

    def _since(self) -> datetime:
        return _EPOCH if self._read_until is None else self._read_until - OVERLAP

    def _look_up(
        self, service: Service, held: Iterable[ExecutionReport], seen: dict[str, ExecutionReport]
    ) -> tuple[list[ExecutionReport], list[ExecutionReport]]:
        """What became of the runs that we hold as RUNNING and that the app did not show.

        A run has vanished when two polls in a row find no trace of it: a store that is not read in
        one piece may show a row nowhere while it changes.
        """
        found, gone, missing = [], [], {}
        for one in held:
            if one.run_id in seen:
                continue
            told = self._find(one)
            if told is not None:
                found.append(told)
            elif one.run_id in self._missing:
                gone.append(vanished(one, self._missing[one.run_id]))
            else:
                missing[one.run_id] = last_look(service, COLLECTOR) or one.started_at
        self._missing = missing
        return found, gone

    def _find(self, held: ExecutionReport) -> ExecutionReport | None:
        around = held.started_at - _SECOND, held.started_at + _SECOND
        for page in reads.executions(self._app, *around):
            for one in page:
                if one.run_id == held.run_id:
                    return one
        return None
