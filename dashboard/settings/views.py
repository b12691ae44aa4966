"""The settings of a service: its name, the archive, and its end. And the page of the archived."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.http import HttpResponse
from django.urls import reverse

from dashboard.web.addresses import service_url
from dashboard.web.choices import WrongChoice
from dashboard.web.operating import Notice, SeeOther, check_may_operate, may_operate, notices, tell
from dashboard.web.pages import (
    Page,
    ServicePage,
    ServiceVisit,
    read_only,
    rendered,
    service_visit,
    visit_of,
    with_forms,
)
from dashboard.web.requests import PageRequest
from scheduler.door import Unacceptable
from scheduler.known_services import archived_services
from scheduler.models import Service
from scheduler.pruning.removal import Content, Remover, contents, mark_deleted
from scheduler.retention.archive import ProtectedService, archive, protect, unarchive
from scheduler.services import rename_service

ACTION, NAME, TYPED = "action", "name", "slug"
# More of a kind are not counted: a page is to be there at once.
COUNTED = 10_000
# A small service is gone with the answer; the rest of a big one is the worker's.
REMOVED_AT_ONCE_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage(ServicePage):
    """``problem`` belongs to the form ``problem_at``, which shows what was ``typed`` again.
    ``protected`` says why the service can't be archived or deleted, where that is so."""

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
class ArchivedPage(Page):
    notices: tuple[Notice, ...]
    rows: tuple[ArchivedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What a form was refused for."""

    at: str
    what: str
    typed: str = ""


@with_forms
def settings(request: PageRequest, slug: str) -> HttpResponse:
    """/s/<slug>/settings/: what it is, and what an operator may do with it."""
    if request.method != "POST":
        return _page(service_visit(request, slug))
    check_may_operate(request)
    action = request.POST.get(ACTION, "")
    if action not in ACTIONS:
        raise WrongChoice("No such action", "Go back, reload the page and try again.")
    visit = service_visit(request, slug)
    told = ACTIONS[action](request, visit.service)
    # A refusal shows its form again with what was typed; what is done leads on, so that a reload
    # sends nothing twice.
    return _page(visit, told) if isinstance(told, Problem) else SeeOther(told)


@read_only
def archived(request: PageRequest) -> HttpResponse:
    """/archived/: the services out of sight."""
    page = ArchivedPage(
        visit=visit_of(request),
        notices=tuple(notices(request)),
        rows=tuple(_row(each) for each in archived_services()),
    )
    return rendered("dashboard/settings/archived.html", page)


def _page(visit: ServiceVisit, problem: Problem | None = None) -> HttpResponse:
    service = visit.service
    page = SettingsPage(
        visit=visit,
        created_at=service.created_at,
        archived_at=service.archived_at,
        archived_by=service.archived_by,
        contents=tuple(contents(service, at_most=COUNTED)),
        protected=_protection(service),
        may_operate=may_operate(visit.request),
        notices=tuple(notices(visit.request)),
        problem_at=problem.at if problem else "",
        problem=problem.what if problem else "",
        typed=problem.typed if problem else "",
    )
    status = HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK
    return rendered("dashboard/settings/settings.html", page, status=status)


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
    # Only the upkeep's service is protected: workers share their work under it.
    except ProtectedService as wrong:
        return Problem(at="archive", what=str(wrong))
    tell(request, "It is archived." if done else "It is already archived.")
    return _here(service)


def _unarchive(request: PageRequest, service: Service) -> str | Problem:
    tell(request, "It is out of the archive." if unarchive(service) else "It was not archived.")
    return _here(service)


def _delete(request: PageRequest, service: Service) -> str | Problem:
    # Blanks around it come with copying; anything else would be a doubt about what is meant.
    typed = request.POST.get(TYPED, "").strip()
    if typed != service.slug:
        what = f"Nothing was deleted: type {service.slug} exactly; capital letters count."
        return Problem(at="delete", what=what, typed=typed)
    try:
        # Marked before a row goes: from here on nobody starts by it, and no page shows half of it.
        mark_deleted(service, by=request.user.get_username())
    except ProtectedService as wrong:
        return Problem(at="delete", what=str(wrong))
    is_gone = Remover(service).remove_for(REMOVED_AT_ONCE_SECONDS)
    rest = "" if is_gone else " The worker removes what was recorded of it."
    tell(request, f"{service.name} is deleted.{rest}")
    return reverse("dashboard:services")


# The names are those of the buttons in settings.html.
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
        # Asked for what it would say: the page tells why in place of the forms.
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
        # Each has one, being listed here: the other is for the type checker.
        archived_at=service.archived_at or service.created_at,
        archived_by=service.archived_by,
    )
