"""What a collector says about the settings of the app that it watches: sentences for people."""

from collections.abc import Sequence
from datetime import UTC, datetime

from scheduler.collectors.pynenc.settings import AppSettings
from scheduler.collectors.pynenc.starts import Start
from scheduler.core.policy import SchedulingPolicy
from scheduler.core.types import ActiveRunnerInfo
from scheduler.intake.sources import SourceAddress
from scheduler.models import Policy
from scheduler.words.instants import utc
from scheduler.words.policy_differences import difference_words


def pending_words(
    before: SchedulingPolicy, after: SchedulingPolicy, changed_at: datetime | None
) -> str:
    """Settings were changed, and the fleet does not go by them yet."""
    when = f" at {utc(changed_at)}" if changed_at else ""
    return (
        f"The app's settings were changed{when} ({difference_words(before, after)}), and its "
        "runners still go by those of before: restart them."
    )


def overruled_words(row: Policy, read: SchedulingPolicy) -> str:
    """Another word than the app's is in force; empty where it is the same."""
    if row.scheduling_policy == read:
        return ""
    return (
        f"The policy in force since {utc(row.effective_from)} was set by "
        f"{row.changed_by or 'somebody'}, and the app's settings are others as read here: "
        f"{difference_words(row.scheduling_policy, read)}."
    )


def mixed_words(runners: Sequence[ActiveRunnerInfo], since: datetime) -> str:
    """Who was heard after a change, and started before it; empty where that is nobody or all."""
    heard = [
        one for one in runners if one.allow_to_run_atomic_service and one.last_heartbeat >= since
    ]
    old = sum(one.creation_time < since for one in heard)
    if not 0 < old < len(heard):
        return ""
    return (
        f"{old:,} of {len(heard):,} runners were started before the settings changed at "
        f"{utc(since)}, and still go by those of before: restart them."
    )


def elsewhere_words(
    path: str, known: SourceAddress | None, settings: AppSettings, kind: str
) -> str:
    """The app is to be watched from somewhere else now; empty where it is not."""
    now = SourceAddress(kind=kind, app_id=settings.app_id, store=settings.store)
    if known is None or known == now:
        return ""
    return (
        f"{path} was changed, and is {now} now; this goes on watching {known}. Where the runners "
        "are there, start watch_pynenc anew with --replace."
    )


def misfit_words(slug: str, misfits: Sequence[Start], judged: int) -> str:
    """Starts fit no window: the fleet seems to go by settings that can't be seen here."""
    # From then on, at the latest, the fleet goes by other settings.
    first = misfits[0].at.astimezone(UTC)
    return (
        f"{len(misfits)} of the last {judged} starts fit no window of the policy in force, the "
        f"first at {utc(first)}: the runners seem to go by other settings than are read "
        "here. Start the collector where it reads what they read, or put the right ones in force: "
        f"manage.py change_policy {slug} --from {first:%Y-%m-%dT%H:%M:%SZ} with what changed, such "
        "as --interval-minutes."
    )
