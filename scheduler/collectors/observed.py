"""The observed service that a fleet is recorded under: found or made, and held to one source."""

from datetime import datetime

from django.core.exceptions import ValidationError

from scheduler import door
from scheduler.core.policy import SchedulingPolicy
from scheduler.errors import Refused
from scheduler.intake.sources import AnotherSource, SourceAddress, replace_source, require_source
from scheduler.models import Service, ServiceMode
from scheduler.retention.archive import ArchivedService, refuse_archived
from scheduler.services import UnknownService, create_service, get_service


def observed_service(slug: str, *, name: str, policy: SchedulingPolicy, changed_by: str) -> Service:
    """The service of this slug, made where there is none.

    Raises:
        Refused: it is archived, coordinated, or can't be made.
    """
    try:
        service = get_service(slug)
    except UnknownService:
        service = _made(slug, name=name, policy=policy, changed_by=changed_by)
    try:
        refuse_archived(service)
    except ArchivedService as error:
        raise Refused(str(error)) from error
    if service.is_coordinated:
        raise Refused(
            f"Service {slug!r} is coordinated: its runners ask Slotwatch for every start, so it "
            "can't be watched as well. Name another one with --service."
        )
    return service


def hold_to(
    service: Service, source: SourceAddress, *, at: datetime, replace: bool
) -> SourceAddress | None:
    """See that the service is of this source; returns the one that was replaced on purpose.

    Raises:
        Refused: it is of another one.
    """
    if replace:
        before = replace_source(service, source, at=at)
        # Where it was of this source already, nothing was replaced.
        return before if before != source else None
    try:
        require_source(service, source, at=at)
    except AnotherSource as error:
        raise Refused(
            f"{error} Record it under another service (--service), or, where it moved or takes the "
            "place of the other one, start watch_pynenc once with --replace; what was recorded "
            "stays."
        ) from error
    return None


def _name(said: str, slug: str) -> str:
    """What the fleet calls itself, where that can be a name; else the slug."""
    try:
        return door.name("name", door.shortened(said, at_most=door.NAME_AT_MOST))
    except door.Unacceptable:
        return slug


def _made(slug: str, *, name: str, policy: SchedulingPolicy, changed_by: str) -> Service:
    try:
        return create_service(
            slug,
            name=_name(name, slug),
            mode=ServiceMode.OBSERVED,
            policy=policy,
            changed_by=changed_by,
        )
    except ValidationError as error:
        # Another collector may have made it meanwhile.
        if made := Service.objects.known().filter(slug=slug).first():
            return made
        raise Refused(
            f"Service {slug!r} can't be made: {' '.join(error.messages)} "
            "Name another one with --service."
        ) from error
