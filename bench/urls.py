"""The project's addresses, `/null/`, a signed-in visitor's session and user and no more, and
`/reconstructions/`, what the process did for all of its answers."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from bench.reconstructions import reconstructions
from slotwatch.urls import handler400, handler403, handler404, handler429, handler500

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]


def null(request: HttpRequest) -> HttpResponse:
    """What any page costs before it does anything: the visitor is known, the answer is empty."""
    return HttpResponse(request.user.get_username())


urlpatterns = [
    path("null/", null),
    path("reconstructions/", reconstructions),
    path("", include("slotwatch.urls")),
]
