"""The policy of a watched app: the one in force, and the one that its runners will come to go by.

An app's settings are read by each of its processes when it starts. So what is in its files counts
from when its runners are restarted, and a collector that imported it once would never know.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.collectors.pynenc.app import PynencApp, policy_of
from scheduler.collectors.pynenc.files import AppFiles
from scheduler.collectors.pynenc.in_force import Found, in_force_since
from scheduler.collectors.pynenc.policy_notices import (
    elsewhere_words,
    misfit_words,
    mixed_words,
    overruled_words,
    pending_words,
)
from scheduler.collectors.pynenc.settings import AppSettings, Reading
from scheduler.collectors.pynenc.starts import recent_starts
from scheduler.core.cycle.looks import seldom_looks
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.errors import Refused
from scheduler.intake.sources import source_of
from scheduler.models import Policy, Runner, Service
from scheduler.policies import revision_at
from scheduler.services import InvalidChange, change_policy
from scheduler.words.instants import utc
from scheduler.words.policy_differences import difference_words

# How far back starts are asked which policy they fit.
_HOUR = timedelta(hours=1)
# Starts are judged, and files that nobody changed are read again, at most so often.
_JUDGED_EVERY = timedelta(seconds=10)
_READ_AGAIN_EVERY = timedelta(minutes=1)
# So many of the last starts fit no window, and half of them at least: one may just be slow.
_STARTS_JUDGED = 10
_MISFITS_NEEDED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Settings that are not known to be in force yet. ``settings`` is None where they are those of
    the app as it is imported here."""

    policy: SchedulingPolicy
    changed_at: datetime | None
    settings: AppSettings | None


class AppPolicy:
    """Keeps the policy of a service that is watched in step with that of its app.

    ``path`` is where the app is imported from; without it, only settings that change in this
    process are seen. ``news`` are what is to be said once, and are taken by `take_news`.
    """

    def __init__(self, app: PynencApp, *, path: str, source_kind: str, changed_by: str) -> None:
        self._app = app
        self._path = path
        self._kind = source_kind
        self._changed_by = changed_by
        self._files = AppFiles(app, path) if path else None
        self._reading: Reading | None = None
        self._read_at: datetime | None = None
        self._read: SchedulingPolicy | None = None
        self._row: Policy | None = None
        self._pending: Pending | None = None
        self._since: datetime | None = None
        self._elsewhere = ""
        self._misfits = ""
        self._judged_at: datetime | None = None
        self._news: list[str] = []

    @property
    def since(self) -> datetime | None:
        """When the policy in force began, where it changed while we were watching."""
        return self._since

    def take_news(self) -> list[str]:
        news, self._news = self._news, []
        return news

    def keep(
        self, service: Service, runners: Sequence[ActiveRunnerInfo], *, at: datetime
    ) -> SchedulingPolicy:
        """Notice what changed, and return the policy that is in force at ``at``."""
        read = policy_of(self._app)
        self._row = row = revision_at(service, at)
        if self._read is None and read != row.scheduling_policy:
            # At the first look, only the files can tell since when the settings are others.
            changed_at = self._files.changed_at if self._files else None
            self._pending = Pending(policy=read, changed_at=changed_at, settings=None)
        elif self._read is not None and read != self._read:
            # Changed in this very process, which goes by them from now on.
            self._put_in_force(service, Pending(policy=read, changed_at=at, settings=None), at)
        self._read = read
        if self._files is not None:
            self._look_at_files(service, row, self._files, at)
        if self._pending is not None:
            self._ask_fleet(service, row, self._pending, runners, at)
        return self._row.scheduling_policy

    def notices(
        self,
        service: Service,
        runners: Sequence[ActiveRunnerInfo],
        *,
        every_seconds: float | None,
        at: datetime,
    ) -> list[str]:
        """What the pages should warn of as long as it is so; after `keep`, and what it reported."""
        self._judge_starts(service, every_seconds, at)
        mixed = mixed_words(runners, self._since) if self._since else ""
        told = (self._pending_words(), mixed, self._elsewhere, self._misfits)
        return [each for each in told if each]

    def stop(self) -> None:
        """Leave nothing running."""
        if self._reading is not None:
            self._reading.stop()
        self._reading = None

    def _look_at_files(self, service: Service, row: Policy, files: AppFiles, at: datetime) -> None:
        if files.have_changed():
            self._read_again(at)
        if self._reading is None or not self._reading.is_over():
            return
        reading, self._reading = self._reading, None
        try:
            settings = reading.result()
        except Refused as error:
            self._news.append(
                f"The files of {self._path} have changed, and it can't be read any more: {error} "
                "The settings of before are kept."
            )
            return
        self._elsewhere = elsewhere_words(self._path, source_of(service), settings, self._kind)
        # Of another app or store: its settings say nothing of this fleet.
        if not self._elsewhere:
            self._take(row, settings, files)

    def _read_again(self, at: datetime) -> None:
        """What is being read may be half of it: it begins anew."""
        if self._reading is not None:
            self._reading.stop()
        self._reading, self._read_at = Reading(self._path), at

    def _take(self, row: Policy, settings: AppSettings, files: AppFiles) -> None:
        had, self._pending = self._pending, None
        in_force = row.scheduling_policy
        if settings.policy == in_force:
            # Another collector may have seen it first.
            settings.apply(self._app)
            self._read = policy_of(self._app)
            if had is not None:
                self._news.append(f"The settings of {self._path} are those in force again.")
            return
        self._pending = Pending(
            policy=settings.policy, changed_at=files.changed_at, settings=settings
        )
        # Once for each change, not for each time that a file is written.
        if had is None or had.policy != settings.policy:
            self._news.append(
                f"The settings of {self._path} were changed at {utc(files.changed_at)}: "
                f"{difference_words(in_force, settings.policy)}. They hold from when its "
                "runners are started with them."
            )

    def _ask_fleet(
        self,
        service: Service,
        row: Policy,
        pending: Pending,
        runners: Sequence[ActiveRunnerInfo],
        at: datetime,
    ) -> None:
        if self._is_overruled(row, pending):
            return
        before, changed_at = row.effective_from, pending.changed_at
        members = [one for one in runners if one.allow_to_run_atomic_service]
        since = in_force_since(
            Found(
                before=before,
                changed_at=changed_at,
                at=at,
                is_anyone_there=bool(members),
                first_started_at=_first_started(
                    service, members, after=max(before, changed_at or before)
                ),
                starts=recent_starts(
                    service, max(before, at - _HOUR), (row.scheduling_policy, pending.policy)
                ),
            )
        )
        if since is not None:
            self._put_in_force(service, pending, since)

    def _put_in_force(self, service: Service, pending: Pending, since: datetime) -> None:
        if pending.settings is not None:
            pending.settings.apply(self._app)
            self._read = policy_of(self._app)
        policy, by = pending.policy, self._changed_by
        try:
            change_policy(service, policy, changed_by=by, effective_from=since)
        except InvalidChange as error:
            raise Refused(
                f"The app's settings can't be those of service {service.slug!r} any more. {error} "
                "Record it under another service (--service)."
            ) from error
        self._row, self._since, self._pending = revision_at(service, since), since, None
        # What fitted no window of the policy before may fit one now.
        self._misfits, self._judged_at = "", None

    def _is_overruled(self, row: Policy, pending: Pending) -> bool:
        """A person's word on what the fleet goes by stands until the app's files change."""
        is_by_hand = row.changed_by not in ("", self._changed_by)
        changed_at = pending.changed_at
        return is_by_hand and (changed_at is None or changed_at <= row.effective_from)

    def _judge_starts(self, service: Service, every_seconds: float | None, at: datetime) -> None:
        """See whether starts fit no window, as where settings changed that can't be seen here."""
        if self._judged_at is not None and at - self._judged_at < _JUDGED_EVERY:
            return
        self._judged_at, self._misfits = at, ""
        # Starts are being asked already which of the two policies they fit.
        if self._row is None or self._pending is not None:
            return
        policy = self._row.scheduling_policy
        # With looks that far apart, nobody knows who was a member at a start.
        if seldom_looks(policy, every_seconds):
            return
        since = max(self._row.effective_from, at - _HOUR)
        starts = recent_starts(service, since, (policy,))[-_STARTS_JUDGED:]
        misfits = [start for start in starts if not start.fits[0]]
        if len(misfits) < _MISFITS_NEEDED or 2 * len(misfits) < len(starts):
            return
        self._misfits = misfit_words(service.slug, misfits, len(starts))
        if self._path and (self._read_at is None or at - self._read_at >= _READ_AGAIN_EVERY):
            self._read_again(at)

    def _pending_words(self) -> str:
        row, pending, read = self._row, self._pending, self._read
        if row is None or read is None:
            return ""
        if pending is None or self._is_overruled(row, pending):
            return overruled_words(row, pending.policy if pending else read)
        return pending_words(row.scheduling_policy, pending.policy, pending.changed_at)


def _first_started(
    service: Service, members: Sequence[ActiveRunnerInfo], *, after: datetime
) -> datetime | None:
    """When the first member was started after that instant, whether or not it is still there."""
    known = (
        Runner.objects.filter(service=service, first_seen_at__gt=after, presences__eligible=True)
        .order_by("first_seen_at")
        .values_list("first_seen_at", flat=True)
        .first()
    )
    starts = [one.creation_time for one in members if one.creation_time > after]
    return min([*starts, *([known] if known else [])], default=None)
