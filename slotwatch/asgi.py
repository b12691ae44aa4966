"""The ASGI entry point, which `manage.py serve` starts: `slotwatch.asgi:application`."""

import os

import django

from slotwatch.private import keep_private

keep_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slotwatch.settings")
django.setup()

from slotwatch.checks import require_usable_settings  # noqa: E402
from slotwatch.front.handler import Front  # noqa: E402

require_usable_settings()
application = Front()
