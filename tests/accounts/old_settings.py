"""The project as it was before it had accounts of its own: the same tables but for people's."""

from slotwatch.settings import *  # noqa: F403

AUTH_USER_MODEL = "auth.User"
ROOT_URLCONF = "tests.accounts.old_urls"
_NEW = ("allauth", "accounts")
INSTALLED_APPS = [name for name in INSTALLED_APPS if not name.startswith(_NEW)]  # noqa: F405
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith(_NEW)]  # noqa: F405
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
