"""A database from before the app: its people, passwords, rights and sessions are kept."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests import postgresql
from tests.conftest import ROOT
from tests.lengths import first_of

# Written by the old project: who was there, in rows of Django's own tables.
PEOPLE = """
import django; django.setup()
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
operate = Permission.objects.get(codename="operate")
change = Permission.objects.get(codename="change_user")
User.objects.create_user("gone").delete()
ann = User.objects.create_user("ann", password="a sentence of hers", is_staff=True)
ann.first_name = "Ann"; ann.save()
ann.user_permissions.add(operate, change)
night = Group.objects.create(name="night shift")
night.permissions.add(operate)
bob = User.objects.create_user("bob", password="a sentence of his")
bob.groups.add(night)
User.objects.create_superuser("root", password="of them all")
User.objects.create_user("closed", password="x", is_active=False)
User.objects.create_user("last").delete()
client = Client(); client.force_login(ann)
print(client.cookies["sessionid"].value)
"""
# Asked by the project of now.
ASKED = """
import django, json, sys; django.setup()
from django.db import connection
from django.test import Client
from accounts.models import User
from django.conf import settings
names = ("ann", "bob", "root", "closed")
ann, bob, root, closed = (User.objects.get(username=name) for name in names)
tables = connection.introspection.table_names()
client = Client(); client.cookies["sessionid"] = sys.argv[1]
print(json.dumps({
    "names": sorted(User.objects.values_list("username", flat=True)),
    "passwords": [ann.check_password("a sentence of hers"),
                  bob.check_password("a sentence of his")],
    "ann": [ann.first_name, ann.is_staff, ann.is_superuser, sorted(ann.get_user_permissions())],
    "bob": [bob.has_perm("scheduler.operate"), [each.name for each in bob.groups.all()]],
    "root": root.is_superuser,
    "closed": closed.is_active,
    "session": client.get("/", headers={"host": "localhost"}).status_code,
    "one-time": User.objects.filter(must_change_password=True).count(),
    "newcomer": User.objects.create_user("newcomer").pk > root.pk,
    "old tables": [name for name in tables if name.startswith("auth_user")],
}))
"""


@pytest.fixture(params=first_of(1, ["postgresql", "sqlite"]))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """DATABASE_URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.sqlite3'}"
        return
    name = f"moving_in_{os.getpid()}"
    server = postgresql.url()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    yield _with_database(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _with_database(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    info = psycopg.conninfo.conninfo_to_dict(url)
    return f"postgresql://{info['user']}@/{name}?host={info['host']}"


def run(url: str, directory: Path, settings: str, *arguments: str) -> str:
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": settings,
        "PYTHONPATH": str(ROOT),
        "SLOTWATCH_DATA_DIR": str(directory),
        "SLOTWATCH_HTTPS": "off",
        "SLOTWATCH_SECRET_KEY": "only-for-tests-" * 4,
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_accounts_that_exist_move_in(url: str, tmp_path: Path) -> None:
    old, new = "tests.accounts.old_settings", "slotwatch.settings"
    run(url, tmp_path, old, "manage.py", "migrate")
    session = run(url, tmp_path, old, "-c", PEOPLE)

    run(url, tmp_path, new, "manage.py", "migrate")

    told = json.loads(run(url, tmp_path, new, "-c", ASKED, session))
    assert told == {
        "names": ["ann", "bob", "closed", "root"],
        "passwords": [True, True],
        "ann": ["Ann", True, False, ["accounts.change_user", "scheduler.operate"]],
        "bob": [True, ["night shift"]],
        "root": True,
        "closed": False,
        "session": 200,
        "one-time": 0,
        "newcomer": True,
        "old tables": [],
    }
