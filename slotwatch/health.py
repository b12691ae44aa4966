"""Probes for machines: is the process alive, and can it answer from its database?

Both are open to anybody and tell nothing but yes or no. `/metrics` is not here.
"""

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

TEXT = "text/plain; charset=utf-8"


@require_safe
@login_not_required
@never_cache
def alive(_request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; restart it when it doesn't."""
    return HttpResponse("ok\n", content_type=TEXT)


@require_safe
@login_not_required
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers, 503 when it doesn't; send no traffic meanwhile."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        logger.exception("The database does not answer")
        return HttpResponse(
            "The database does not answer. Nothing stored is lost; the log has the error.\n",
            content_type=TEXT,
            status=503,
        )
    return HttpResponse("ok\n", content_type=TEXT)
