"""Who is let in: nobody without signing in, but for those who only look where that is public.

What a signed-in user may change is each view's own to ask (the permission `scheduler.operate`).
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

LOOKING = ("GET", "HEAD")


class ClosedByDefaultMiddleware(LoginRequiredMiddleware):
    """Django's own, which lets a visitor look where SLOTWATCH_PUBLIC_VIEW is on."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Any,
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        # To change something one signs in, also where everybody may look.
        if settings.SLOTWATCH_PUBLIC_VIEW and request.method in LOOKING:
            return None
        refusal = super().process_view(request, view_func, view_args, view_kwargs)
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        if refusal is None or not htmx:
            return refusal
        # A fragment of a page whose session has ended: the whole page goes to sign in.
        page = htmx.current_url_abs_path or "/"
        login = redirect_to_login(page, self.get_login_url(view_func))
        return HttpResponseClientRedirect(login.url)
