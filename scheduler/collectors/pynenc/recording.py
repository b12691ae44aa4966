"""The service that a pynenc app is recorded under, and what a look leaves in it but reports."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime

from scheduler.collectors.observed import hold_to, observed_service
from scheduler.collectors.open_runs import last_watch
from scheduler.collectors.pynenc.app import PynencApp, policy_of
from scheduler.db.connections import database_expected
from scheduler.errors import Refused
from scheduler.intake.reports import watched
from scheduler.intake.sources import SourceAddress, tell_notices
from scheduler.models import Service
from scheduler.retention.archive import ArchivedService

KIND = "pynenc"
COLLECTOR = "watch_pynenc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The service as a look found it. ``replaced`` is what it was watched from until this look,
    ``gap`` the time that nobody watched before a first one."""

    service: Service
    source: SourceAddress
    replaced: SourceAddress | None
    gap: tuple[datetime, datetime] | None


@dataclass(slots=True)
class Recording:
    """Finds or makes the service, holds it to its source, and notes who looked when."""

    app: PynencApp
    _: KW_ONLY
    slug: str
    good_for_seconds: float
    every_seconds: float | None
    replace: bool
    _service: Service | None = field(default=None, init=False)

    def forget(self) -> None:
        """Start anew: the app may be another one."""
        self._service = None

    @contextmanager
    def expected(self) -> Iterator[None]:
        """Within it, what ends a look is `Unavailable` or `Refused`."""
        try:
            with database_expected():
                yield
        except ArchivedService as error:
            raise Refused(str(error)) from error
        except Service.DoesNotExist as error:
            raise Refused(f"Service {self.slug!r} was deleted while it was watched.") from error

    def begin(self, store: str, *, at: datetime, is_first: bool) -> Begun:
        """Have the service be of the app in this store."""
        if self._service is None:
            self._service = observed_service(
                self.slug,
                name=self.app.app_id,
                policy=policy_of(self.app),
                changed_by=COLLECTOR,
            )
        service = self._service
        source = SourceAddress(kind=KIND, app_id=self.app.app_id, store=store)
        replaced = hold_to(service, source, at=at, replace=self.replace)
        # On purpose once: from now on the service is held to this source.
        self.replace = False
        # Of later looks, the loop knows by itself.
        gap = _gap(service, at) if is_first else None
        return Begun(service=service, source=source, replaced=replaced, gap=gap)

    def end(self, service: Service, notices: Sequence[str], *, at: datetime) -> None:
        """Note that all of the app was seen, and have the pages warn of this and nothing else."""
        watched(
            service,
            COLLECTOR,
            at=at,
            good_for_seconds=self.good_for_seconds,
            every_seconds=self.every_seconds,
        )
        tell_notices(service, notices, at=at)


def _gap(service: Service, at: datetime) -> tuple[datetime, datetime] | None:
    last = last_watch(service, COLLECTOR)
    # A watch that is still good leaves no gap: a restart between two looks is none.
    return None if last is None or last.expires_at >= at else (last.last_seen_at, at)
