"""Services that are kept, but out of sight: archived, until somebody takes them out again.

An archived service asks for nobody's attention and does nothing: no claim, beat or report is taken,
nothing of it is summed up, pruned or ended.
"""

from datetime import datetime

from scheduler import door
from scheduler.db.service_lock import service_lock
from scheduler.errors import Conflict
from scheduler.models import UPKEEP_SLUG, Service
from scheduler.words.instants import utc


class ArchivedService(Conflict):
    """The service is archived: what it was told or asked was not taken."""


class ProtectedService(Conflict):
    """The service is Slotwatch's own; says why it has to stay."""


def archive(service: Service, *, by: str, now: datetime | None = None) -> bool:
    """Put it out of sight. False where it is already.

    A run that goes on may still be finished.

    Raises:
        ProtectedService: it is the upkeep's.
        Service.DoesNotExist: it was deleted meanwhile.
    """
    protect(service, "archived")
    by = door.name("by", by)
    with service_lock(service, now) as (held, instant):
        # Who archived it first, and when, stays.
        if held.archived_at is not None:
            return False
        _store(held, instant, by)
    return True


def unarchive(service: Service) -> bool:
    """Take it out again; the worker sums up the time between. False where it is not archived.

    Raises:
        Service.DoesNotExist: it was deleted meanwhile.
    """
    with service_lock(service, None) as (held, _):
        if held.archived_at is None:
            return False
        _store(held, None, "")
    return True


def refuse_archived(service: Service) -> None:
    """Raises ArchivedService where it is archived. To be called under the service's lock."""
    if service.archived_at is not None:
        raise ArchivedService(
            f"Nothing was stored: service {service.slug!r} is archived since "
            f"{utc(service.archived_at)}, by {service.archived_by}. Take it out of "
            "the archive on its settings page, or with manage.py service unarchive "
            f"{service.slug}, and ask again."
        )


def protect(service: Service, what: str) -> None:
    """Raises ProtectedService where ``what`` must not be done to it."""
    if service.slug == UPKEEP_SLUG:
        raise ProtectedService(
            f"{UPKEEP_SLUG!r} can't be {what}: workers share their work under it, and none would "
            "be done. It can be renamed."
        )


def _store(held: Service, at: datetime | None, by: str) -> None:
    held.archived_at, held.archived_by = at, by
    held.save(update_fields=("archived_at", "archived_by"))
    held.touch()
