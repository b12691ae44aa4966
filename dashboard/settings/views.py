"""The settings of a service: its name, the archive, and its end. And the page of the archived."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.text.words import TimeWords
from dashboard.web.addresses import service_url
from dashboard.web.choices import WrongChoice
from dashboard.web.chrome import Chrome, chrome_of, time_words
from dashboard.web.errors import explained
from dashboard.web.operating import Notice, SeeOther, may_operate, notices, tell
from dashboard.web.requests import PageRequest
from scheduler.db import clock
from scheduler.door import Unacceptable
from scheduler.models import Service
from scheduler.pruning.removal import Content, Remover, contents, mark_deleted
from scheduler.retention.archive import ProtectedService, archive, protect, unarchive
from scheduler.services import archived_services, get_service, rename_service

ACTION, NAME, TYPED = "action", "name", "slug"
# More of a kind are not counted: a page is to be there at once.
COUNTED = 10_000
# A small service is gone with the answer; the rest of a big one is the worker's.
REMOVED_AT_ONCE_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage:
    """``problem`` belongs to the form ``problem_at``, which shows what was ``typed`` again.
    ``protected`` says why the service can't be archived or deleted, where that is so."""

    chrome: Chrome
    now: datetime
    words: TimeWords
    slug: str
    name: str
    mode: str
    created_at: datetime
    archived_at: datetime | None
    archived_by: str
    contents: tuple[Content, ...]
    protected: str
    may_operate: bool
    notices: tuple[Notice, ...]
    problem_at: str
    problem: str
    typed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedRow:
    name: str
    slug: str
    href: str
    mode: str
    archived_at: datetime
    archived_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    chrome: Chrome
    now: datetime
    words: TimeWords
    notices: tuple[Notice, ...]
    rows: tuple[ArchivedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a form was refused for."""

    at: str
    what: str
    typed: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@explained
def settings(request: PageRequest, slug: str) -> HttpResponse:
    """/s/<slug>/settings/: what it is, and what an operator may do with it."""
    if request.method != "POST":
        return _page(request, get_service(slug))
    if not may_operate(request):
        raise PermissionDenied
    action = request.POST.get(ACTION, "")
    if action not in ACTIONS:
        raise WrongChoice("No such action", "Go back, reload the page and try again.")
    service = get_service(slug)
    told = ACTIONS[action](request, service)
    return _page(request, service, told) if isinstance(told, Problem) else SeeOther(told)


@require_safe
@never_cache
def archived(request: PageRequest) -> HttpResponse:
    """/archived/: the services out of sight."""
    now = clock.now()
    page = ArchivedPage(
        chrome=chrome_of(request),
        now=now,
        words=time_words(now),
        notices=tuple(notices(request)),
        rows=tuple(_row(each) for each in archived_services()),
    )
    return render(request, "dashboard/settings/archived.html", {"page": page})


def _page(request: PageRequest, service: Service, problem: Problem | None = None) -> HttpResponse:
    now = clock.now()
    page = SettingsPage(
        chrome=chrome_of(request, current_slug=service.slug),
        now=now,
        words=time_words(now),
        slug=service.slug,
        name=service.name,
        mode=service.mode,
        created_at=service.created_at,
        archived_at=service.archived_at,
        archived_by=service.archived_by,
        contents=tuple(contents(service, at_most=COUNTED)),
        protected=_protection(service),
        may_operate=may_operate(request),
        notices=tuple(notices(request)),
        problem_at=problem.at if problem else "",
        problem=problem.what if problem else "",
        typed=problem.typed if problem else "",
    )
    status = HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK
    return render(request, "dashboard/settings/settings.html", {"page": page}, status=status)


def _rename(request: PageRequest, service: Service) -> str | Problem:
    typed = request.POST.get(NAME, "")
    try:
        tell(request, f"It is called “{rename_service(service, typed)}” from now on.")
    except Unacceptable as wrong:
        return Problem(at="rename", what=f"Nothing was changed: {wrong}.", typed=typed)
    return _here(service)


def _archive(request: PageRequest, service: Service) -> str | Problem:
    try:
        done = archive(service, by=request.user.get_username())
    except ProtectedService as wrong:
        return Problem(at="archive", what=str(wrong))
    tell(request, "It is archived." if done else "It is already archived.")
    return _here(service)


def _unarchive(request: PageRequest, service: Service) -> str | Problem:
    tell(request, "It is out of the archive." if unarchive(service) else "It was not archived.")
    return _here(service)


def _delete(request: PageRequest, service: Service) -> str | Problem:
    typed = request.POST.get(TYPED, "").strip()
    if typed != service.slug:
        what = f"Nothing was deleted: type {service.slug} exactly; capital letters count."
        return Problem(at="delete", what=what, typed=typed)
    try:
        mark_deleted(service, by=request.user.get_username())
    except ProtectedService as wrong:
        return Problem(at="delete", what=str(wrong))
    is_gone = Remover(service).remove_for(REMOVED_AT_ONCE_SECONDS)
    rest = "" if is_gone else " The worker removes what was recorded of it."
    tell(request, f"{service.name} is deleted.{rest}")
    return reverse("dashboard:services")


ACTIONS: dict[str, Callable[[PageRequest, Service], str | Problem]] = {
    "rename": _rename,
    "archive": _archive,
    "unarchive": _unarchive,
    "delete": _delete,
}


def _here(service: Service) -> str:
    return reverse("dashboard:settings", args=(service.slug,))


def _protection(service: Service) -> str:
    try:
        protect(service, "archived or deleted")
    except ProtectedService as why:
        return str(why)
    return ""


def _row(service: Service) -> ArchivedRow:
    return ArchivedRow(
        name=service.name,
        slug=service.slug,
        href=service_url(service.slug),
        mode=service.mode,
        archived_at=service.archived_at or service.created_at,
        archived_by=service.archived_by,
    )
