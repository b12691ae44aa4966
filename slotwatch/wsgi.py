"""The WSGI entry point, for servers that speak no ASGI: `slotwatch.wsgi:application`.

Slow clients are the server's own to bear, and so are header names with an underscore.
"""

import os

from django.core.wsgi import get_wsgi_application

from slotwatch.private import keep_private

keep_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slotwatch.settings")

application = get_wsgi_application()

from slotwatch.checks import require_usable_settings  # noqa: E402

require_usable_settings()
