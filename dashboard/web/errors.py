"""Error pages in the look of the house: what failed, and what to do next."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import get_template

from dashboard.web.choices import WrongChoice
from dashboard.web.chrome import Chrome, chrome_of
from dashboard.web.requests import PageRequest
from scheduler.known_services import UnknownService, is_known

type View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """``what`` failed, ``then`` what to do about it."""

    chrome: Chrome
    status: int
    what: str
    then: str


def error_page(request: HttpRequest, status: int, what: str, then: str) -> HttpResponse:
    """The page of an error, with its status."""
    page = ErrorPage(chrome=chrome_of(request), status=status, what=what, then=then)
    return render(request, "error.html", {"page": page}, status=status)


def explained(view: View) -> View:
    """A view in which UnknownService and WrongChoice become pages that say what was wrong."""

    @wraps(view)
    def explaining(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except UnknownService:
            return _no_service(request, kwargs["slug"])
        except WrongChoice as wrong:
            # Its answer goes into a page that has its chrome: a sentence is enough.
            if request.htmx:
                page = {"what": wrong.what, "then": wrong.then}
                template = "dashboard/web/_wrong_choice.html"
                return render(request, template, {"page": page}, status=400)
            return error_page(request, 400, wrong.what, wrong.then)
        except Exception:
            # Of a service that is deleted while its page is made, any row may be missing.
            if "slug" in kwargs and not is_known(kwargs["slug"]):
                return _no_service(request, kwargs["slug"])
            raise

    return explaining


def _no_service(request: HttpRequest, slug: str) -> HttpResponse:
    return error_page(
        request,
        404,
        f"No service is called “{slug}”",
        "Check the address, or choose one from the services.",
    )


# Django calls these: slotwatch.urls names them, and the settings name that of CSRF.
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request, 400, "This request can't be understood", "Go back, reload the page and try again."
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request,
        403,
        "You may look, but not change this",
        "Sign in as an operator, or ask one to do it.",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(
        request,
        403,
        "This form was too old, or cookies are blocked",
        "Nothing was changed. Reload the page it came from and send it again.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(
        request, 404, "There is no page here", "Check the address, or start from the services."
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Must not fail itself: it asks nothing of the database, nor who is signed in."""
    context: dict[str, Any] = {}
    # Without a request no context processor runs, and none of them can fail.
    return HttpResponse(get_template("500.html").render(context), status=500)
