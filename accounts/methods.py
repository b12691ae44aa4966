"""Which requests to the forms of people are attempts, and which are looks."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

type _View = Callable[..., HttpResponseBase]


def looks_and_attempts(view: _View) -> _View:
    """The view for GET, HEAD and POST alone, of which POST alone is an attempt.

    Allauth counts whatever is not a GET: who asks by HEAD whether the page is there would use up
    the attempts of everybody behind that address.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked = request.method
        request.method = "GET" if asked == "HEAD" else asked
        try:
            return view(request, *args, **kwargs)
        finally:
            request.method = asked

    guarded: _View = require_http_methods(["GET", "HEAD", "POST"])(answer)
    return guarded
