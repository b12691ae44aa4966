"""A one-time password opens one page: the one on which another is chosen."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

# Names of addresses; the probes are asked without an account.
OPEN = ("password", "logout", "healthz", "readyz")


class OneTimePasswordMiddleware:
    """Sends who must choose another password to where they do so, whatever they asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._open = {reverse(name) for name in OPEN}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in self._open or not getattr(request.user, "must_change_password", False):
            return self.get_response(request)
        page = reverse("password")
        # A redirect would be drawn in the place of a fragment.
        if getattr(request, "htmx", False):
            return HttpResponseClientRedirect(page)
        # Only what was looked at can be gone back to.
        if request.method == "GET":
            page = f"{page}?{urlencode({'next': request.get_full_path()})}"
        return redirect(page)
