"""What surrounds every page: its zone, the services to switch to, where signing in leads back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import escape_uri_path

from dashboard.text.words import TimeWords
from dashboard.text.zones import zone_named
from dashboard.web.addresses import service_url
from dashboard.web.requests import query_of
from scheduler.known_services import ServiceName, service_names

# Longer ones are no filter that anybody made on a page.
LONGEST_ADDRESS = 8_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneLink:
    """One side of the zone switch; no address while the browser's own zone is not known."""

    word: str
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLink:
    href: str
    name: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TabLink:
    """``current`` is ARIA's word: ``page``, ``true`` for a page below it, empty elsewhere."""

    word: str
    href: str
    current: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chrome:
    """``zone`` is the IANA name of the page's zone; ``services`` are those to switch to, ``tabs``
    the pages of the present one; ``archived`` says so where that is archived."""

    zone: str
    utc: ZoneLink
    local: ZoneLink
    services: tuple[ServiceLink, ...]
    tabs: tuple[TabLink, ...]
    archived: str
    next_url: str


def chrome_of(request: HttpRequest, *, current_slug: str = "") -> Chrome:
    """The surroundings of a page; services are listed only inside one of them."""
    zone = str(timezone.get_current_timezone())
    # The archived one that is looked at is among them, though it is no longer listed elsewhere.
    names = service_names(current_slug) if current_slug else []
    # A cookie is a stranger's text: what names no zone is no link.
    browser_zone = str(zone_named(request.COOKIES.get("slotwatch_zone", "")) or "")
    return Chrome(
        zone=zone,
        utc=ZoneLink(word="UTC", href=_with_zone(request, "UTC"), is_current=zone == "UTC"),
        local=ZoneLink(
            word="Local",
            href=_with_zone(request, browser_zone) if browser_zone else "",
            # Any other zone counts as local: an address may name one that is not the browser's.
            is_current=zone != "UTC",
        ),
        services=tuple(
            ServiceLink(href=service_url(slug), name=name, is_current=slug == current_slug)
            for slug, name, _ in names
        ),
        tabs=tuple(
            _tabs(request.path, current_slug) if current_slug else _common_tabs(request.path)
        ),
        archived=_archived(names, current_slug),
        next_url=_unless_long(request.get_full_path(), "/"),
    )


def _archived(names: Iterable[ServiceName], current_slug: str) -> str:
    """``2026-11-24 14:05:09 UTC``: since when the present service is archived."""
    # Read with the names of the services already: no query of its own.
    at = next((each.archived_at for each in names if each.slug == current_slug), None)
    return time_words(at).dated(at) if at else ""


def time_words(now: datetime, beside: datetime | None = None) -> TimeWords:
    """Times in the zone of the page, beside the offset of now or of another instant."""
    return TimeWords(zone=timezone.get_current_timezone(), now=now, beside=beside)


# The pages of a service, in the order of their tabs: word, name of the address, with pages below.
TABS = (
    ("Live", "dashboard:live", False),
    ("History", "dashboard:history", True),
    ("Blocked", "dashboard:blocked", False),
    ("Runners", "dashboard:runners", True),
    ("Settings", "dashboard:settings", False),
)
# Those of no service.
COMMON_TABS = (("Services", "dashboard:services"), ("History", "dashboard:all_history"))


# Every page has them, of a few services.
@lru_cache(maxsize=1_000)
def _tab_urls(slug: str) -> tuple[str, ...]:
    return tuple(reverse(name, args=(slug,)) for _, name, _ in TABS)


def _tabs(path: str, slug: str) -> Iterator[TabLink]:
    for (word, _, has_pages), href in zip(TABS, _tab_urls(slug), strict=True):
        below = "true" if has_pages and path.startswith(href) else ""
        yield TabLink(word=word, href=href, current="page" if path == href else below)


def _common_tabs(path: str) -> Iterator[TabLink]:
    for word, name in COMMON_TABS:
        href = reverse(name)
        yield TabLink(word=word, href=href, current="page" if path == href else "")


def _unless_long(address: str, otherwise: str) -> str:
    """What a stranger wrote is not repeated in every link of the page."""
    return address if len(address) <= LONGEST_ADDRESS else otherwise


def _with_zone(request: HttpRequest, zone: str) -> str:
    query = query_of(request).copy()
    query["tz"] = zone
    # It is the token of a poll, and no part of a page's address.
    query.pop("known", None)
    path = escape_uri_path(request.path)
    address = f"{path}?{urlencode(list(query.lists()), doseq=True)}"
    # A path of strangers' ids can be too long by itself: then the switch leads to the services.
    return _unless_long(address, _unless_long(f"{path}?tz={zone}", f"/?tz={zone}"))
