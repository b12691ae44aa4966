"""The project's addresses and `/null/`: a signed-in visitor's session and user, and no more."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from slotwatch.urls import handler400, handler403, handler404, handler429, handler500

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]


def null(request: HttpRequest) -> HttpResponse:
    """What any page costs before it does anything: the visitor is known, the answer is empty."""
    return HttpResponse(request.user.get_username())


urlpatterns = [path("null/", null), path("", include("slotwatch.urls"))]
