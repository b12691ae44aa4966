"""Django settings, all of them from the environment; what is not set is as in production.

A value that can't be used never raises here: it is kept in SETTINGS_PROBLEMS, a safe one is used in
its place, and `slotwatch.checks` reports it.
"""

import os
from contextlib import suppress
from pathlib import Path

from django.utils.csp import CSP

from slotwatch.collectors import collectors
from slotwatch.databases import database
from slotwatch.environment import Environment
from slotwatch.secret import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

_environment = Environment(variables=os.environ)

# ── The process ───────────────────────────────────────────────────────────────────────────────
DATA_DIR = _environment.directory("SLOTWATCH_DATA_DIR", BASE_DIR / "var")
DEBUG = _environment.switch("SLOTWATCH_DEBUG", default=False)
SECRET_KEY = secret_key(_environment, DATA_DIR)
ALLOWED_HOSTS = _environment.words(
    "SLOTWATCH_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"]
)
ROOT_URLCONF = "slotwatch.urls"
WSGI_APPLICATION = "slotwatch.wsgi.application"

# Forms are all that anybody sends. A body is read into memory before a thread is taken for it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# ── Apps ──────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "accounts",
    "scheduler",
    "dashboard",
    "slotwatch",
]
MIDDLEWARE = [
    "slotwatch.requests.odd.NoStoreMiddleware",
    "slotwatch.requests.encodings.AcceptEncodingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "slotwatch.requests.odd.OddHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # A live page of a large fleet is a tenth of its size on the wire. (It pads what it compresses,
    # so that a length tells nothing of a token inside.)
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.OneTimePasswordMiddleware",
    "slotwatch.access.ClosedByDefaultMiddleware",
    "dashboard.web.middleware.TimeZoneMiddleware",
    "slotwatch.requests.odd.OddFormsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# ── Data ──────────────────────────────────────────────────────────────────────────────────────
DATABASES = {"default": database(_environment, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Attempts to sign in are counted here: by all processes together, on either database.
CACHES = {
    "default": {
        "BACKEND": "accounts.shared_cache.SharedCache",
        "LOCATION": "accounts_keptvalue",
        # Above this many rows, those that have expired are deleted.
        "OPTIONS": {"MAX_ENTRIES": 1_000},
    }
}

# ── Who may look, who may change ──────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Allauth's: a name and a password, no sign-up, no mail. Attempts are limited by address ("ip", of
# IPv6 its /64), by account ("key") and by who is signed in ("user").
ACCOUNT_ADAPTER = "accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,10/5m/key",
    "change_password": "5/m/user",
}
SLOTWATCH_PUBLIC_VIEW = _environment.switch("SLOTWATCH_PUBLIC_VIEW", default=False)
SLOTWATCH_OPERATOR_USERNAME = _environment.text("SLOTWATCH_OPERATOR_USERNAME")
SLOTWATCH_OPERATOR_PASSWORD = _environment.text("SLOTWATCH_OPERATOR_PASSWORD")

# ── The worker ────────────────────────────────────────────────────────────────────────────────
SLOTWATCH_COLLECTORS = collectors(_environment)

# ── Transport ─────────────────────────────────────────────────────────────────────────────────
# on: TLS ends at this server. proxy: at one in front, which sets X-Forwarded-Proto itself (a
# client's own is never let through). off: plain HTTP, for loopback and closed networks.
_https = _environment.choice("SLOTWATCH_HTTPS", ("on", "proxy", "off"), default="on")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https != "off"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https == "proxy" else None
# Whose attempts are counted: behind a proxy, the last address in X-Forwarded-For is the one that
# the proxy saw, and what stands before it is what the client says.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _https == "proxy" else 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes ask over plain HTTP
SECURE_HSTS_SECONDS = 31_536_000 if _https != "off" else 0
# HSTS speaks for this host alone: its subdomains and the browsers' preload list are its owner's
# to decide, so the two deployment warnings that ask for them are answered here.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
CSRF_FAILURE_VIEW = "dashboard.web.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = _environment.words("SLOTWATCH_CSRF_TRUSTED_ORIGINS")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    # The hash of an empty style element: all that Plotly's basic bundle asks for.
    "style-src": [CSP.SELF, "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

# ── Static files ──────────────────────────────────────────────────────────────────────────────
# After `manage.py collectstatic` WhiteNoise serves hashed, compressed files that browsers keep for
# ever. Until then (demo, development, tests) it serves the files from where they lie, by their
# plain names, and browsers ask each time whether they changed. A manifest says which it is; a
# running server sees it at its next start.
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
VENDOR_DIR = BASE_DIR / ".vendor" / "static"
STATICFILES_DIRS = [VENDOR_DIR] if VENDOR_DIR.is_dir() else []
with suppress(OSError):  # a data directory that can't be used is reported already
    STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of one that isn't there
_collected = (STATIC_ROOT / "staticfiles.json").is_file()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "slotwatch.static.Storage"},
}
WHITENOISE_USE_FINDERS = not _collected
WHITENOISE_MAX_AGE = 60 if _collected else 0

# ── Words, numbers, logs ──────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
LOG_LEVEL = _environment.choice(
    "SLOTWATCH_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO"
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "slotwatch.logs.BoundedFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {"django": {"level": LOG_LEVEL, "handlers": [], "propagate": True}},
}

SETTINGS_PROBLEMS = tuple(_environment.problems)
