"""The WSGI entry point: `granian --interface wsgi slotwatch.wsgi:application`."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slotwatch.settings")

application = get_wsgi_application()

# A server runs no system checks by itself, and must not start on settings that were not meant.
from slotwatch.checks import settings_errors  # noqa: E402

if errors := settings_errors():
    sys.exit("\n".join(f"{error.msg} {error.hint}" for error in errors))
