"""Which services there are: looked up by slug, listed, told from those that there are not."""

from datetime import datetime
from typing import NamedTuple

from django.db import DatabaseError
from django.db.models import Q

from scheduler import door
from scheduler.errors import NotFound
from scheduler.models import Service


class UnknownService(NotFound):
    """No service has this slug."""


class ServiceName(NamedTuple):
    """What a service is called, and whether it is archived."""

    slug: str
    name: str
    archived_at: datetime | None


def get_service(slug: str) -> Service:
    """The service of this slug.

    Raises:
        UnknownService: there is none.
    """
    said = door.quoted(slug)
    with door.refusing(UnknownService, f"No service is called {said}: "):
        slug = door.slug(slug)
    try:
        return Service.objects.known().get(slug=slug)
    except Service.DoesNotExist:
        raise UnknownService(f"No service is called {said}.") from None


def is_known(slug: str) -> bool:
    """Whether there is a service of this slug; also where the database can't say otherwise."""
    try:
        return Service.objects.known().filter(slug=slug).exists()
    except DatabaseError:
        return True


def service_names(besides: str = "") -> list[ServiceName]:
    """Every service that is not archived, by slug, and the one of the slug ``besides`` anyway."""
    rows = Service.objects.known().filter(Q(archived_at=None) | Q(slug=besides)).order_by("slug")
    return list(map(ServiceName._make, rows.values_list("slug", "name", "archived_at")))


def services_by_slug() -> list[Service]:
    """Every service that is not archived, by slug."""
    return list(Service.objects.active().order_by("slug"))


def archived_services() -> list[Service]:
    """Those out of sight, the latest first."""
    return list(Service.objects.known().exclude(archived_at=None).order_by("-archived_at", "slug"))
