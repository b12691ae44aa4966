"""DATABASE_URL to Django's DATABASES entry: SQLite (the embedded default) or PostgreSQL."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ

from slotwatch.environment import Environment

VARIABLE = "DATABASE_URL"
INSTEAD = (
    "Write postgresql://USER:PASSWORD@HOST:PORT/NAME or sqlite:////ABSOLUTE/PATH, "
    "or leave it unset for a SQLite file in the data directory."
)
SCHEMES = ("postgres", "postgresql", "sqlite")

# A write takes SQLite's lock at BEGIN, so that no transaction finds out half-way that another one
# wrote; WAL lets readers go on meanwhile; FULL keeps a committed answer through a power cut.
# (Foreign keys are switched on by Django itself.)
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
}
# Four processes with full pools stay below PostgreSQL's default of 100 connections.
# A request waits for a free connection, or for a database that is away, this many seconds.
# For as long as that, and no longer, the pool tries to make a connection, with pauses of 1 and 2 s
# in between, and begins anew for the next request: else its pauses would grow up to minutes, and it
# would notice a database that is back as much later.
POSTGRESQL_POOL = {"min_size": 1, "max_size": 20, "timeout": 5, "reconnect_timeout": 5}

type Database = dict[str, Any]


def database(environment: Environment, data_directory: Path) -> Database:
    """The `default` entry of DATABASES.

    A URL that can't be used gives the dummy backend: better no database than the wrong one.
    """
    url = environment.text(VARIABLE)
    if not url:
        return sqlite(data_directory / "slotwatch.sqlite3")
    try:
        scheme = urlsplit(url).scheme
        if problem := _problem_of(url):
            return _refused(environment, problem)
        if scheme == "sqlite":
            return _sqlite_of(environment, url)
        config = environ.Env.db_url_config(url) if scheme in SCHEMES else {}
    except ValueError as error:
        return _refused(environment, f"is no URL ({error})")
    if not config:
        return _refused(environment, f"has the scheme {scheme!r}")
    if not config.get("NAME"):
        return _refused(environment, "names no database")
    return postgresql(config)


def _problem_of(url: str) -> str:
    """What would silently lead to another database than the one that is meant; or nothing."""
    if any(ord(character) < 0x20 or character == "\x7f" for character in url):
        return "has a control character"
    parts = urlsplit(url)
    if parts.fragment or url.endswith("#"):
        return "has a '#', which ends an address: write %23 in its place"
    if parts.scheme == "sqlite" and (parts.query or url.endswith("?")):
        return "has a '?', and a file has no options: write %3F where it is part of its name"
    if parts.scheme == "sqlite" and parts.netloc not in ("", ":memory:"):
        return "names a host, and a file has none: write four slashes before an absolute path"
    return ""


def _sqlite_of(environment: Environment, url: str) -> Database:
    """The file, by the name it has: only %XX stands for something else."""
    name = unquote(urlsplit(url).path[1:]) or ":memory:"
    if "\0" in name or not Path(name).is_absolute():
        found = f"names the relative path {name!r}" if "\0" not in name else "has a NUL in its path"
        return _refused(environment, found)
    return sqlite(Path(name))


def sqlite(path: Path) -> Database:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        # To open it takes as long as a small page; who puts another file in its place waits for it.
        "CONN_MAX_AGE": 60,
        "NAME": str(path),
        "OPTIONS": dict(SQLITE_OPTIONS),
    }


def postgresql(config: Database) -> Database:
    """`config` as parsed from the URL; its query becomes connection options, such as sslmode."""
    return {
        **config,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**config.get("OPTIONS", {}), "pool": dict(POSTGRESQL_POOL)},
    }


def _refused(environment: Environment, found: str) -> Database:
    # The URL holds a password, so it is never shown.
    environment.wrong("E005", VARIABLE, found=found, instead=INSTEAD)
    return {"ENGINE": "django.db.backends.dummy"}
