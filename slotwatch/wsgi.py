"""The WSGI entry point, for servers that speak no ASGI: `slotwatch.wsgi:application`.

Slow clients are the server's own to bear, and so are header names with an underscore.
"""

import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.wsgi import get_wsgi_application

from slotwatch.private import keep_private

keep_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slotwatch.settings")

_django = get_wsgi_application()

from slotwatch.checks import require_usable_settings  # noqa: E402
from slotwatch.requests.content_types import readable  # noqa: E402

require_usable_settings()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Django's, with a Content-Type that it can read."""
    environ["CONTENT_TYPE"] = readable(environ.get("CONTENT_TYPE", ""))
    return _django(environ, start_response)
