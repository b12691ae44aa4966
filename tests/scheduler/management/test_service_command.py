import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from scheduler.intake.claims import claim
from scheduler.models import Service
from scheduler.pruning.removal import mark_deleted
from scheduler.services import get_service
from scheduler.upkeep.service import upkeep_service

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("service", *arguments, stdout=out)
    return out.getvalue()


def test_it_archives_and_takes_out_again(service):
    assert "is archived: kept" in run("archive", service.slug)
    assert "archived already" in run("archive", service.slug, "--yes")
    assert get_service(service.slug).archived_by == "manage.py"

    assert "is out of the archive" in run("unarchive", service.slug)
    assert "is not archived" in run("unarchive", service.slug)


def test_it_renames(service):
    assert "is called “Night run”" in run("rename", service.slug, "Night run")

    assert get_service(service.slug).name == "Night run"


def test_it_says_what_goes_and_deletes(service):
    claim(service, "a")

    said = run("delete", service.slug, "--yes")

    assert said.index("1 execution\n") < said.index("It is out of sight")
    assert "  1 runner\n" in said
    assert not Service.objects.exists()


def test_it_asks_for_the_slug(service, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: f"{service.slug} ")

    run("delete", service.slug)

    assert not Service.objects.exists()


@pytest.mark.parametrize("typed", ["", "yes", "SERVICE-1"])
def test_anything_else_deletes_nothing(typed, service, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: typed)

    with pytest.raises(CommandError, match="that is not its slug"):
        run("delete", service.slug)

    assert get_service(service.slug)


def test_where_nobody_can_be_asked_it_wants_to_be_told(service, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    with pytest.raises(CommandError, match="add --yes"):
        run("delete", service.slug)


def test_it_goes_on_with_what_somebody_stopped(service):
    claim(service, "a")
    mark_deleted(service, by="kim")

    assert "was deleted; what is left of it is removed" in run("delete", service.slug)

    assert not Service.objects.exists()


@pytest.mark.parametrize("slug", ["nothing", "\udcff"])
@pytest.mark.parametrize(
    "action", [("archive",), ("unarchive",), ("delete", "--yes"), ("rename", "New name")]
)
def test_a_slug_of_nothing_is_told(action, slug):
    with pytest.raises(CommandError, match=re.escape(f"No service is called {slug!a}")):
        run(action[0], slug, *action[1:])


@pytest.mark.parametrize("action", [("archive",), ("delete", "--yes")])
def test_the_upkeep_stays(action):
    service = upkeep_service()

    with pytest.raises(CommandError, match="workers share their work"):
        run(action[0], service.slug, *action[1:])

    assert get_service(service.slug).archived_at is None


def test_an_empty_name_is_refused(service):
    with pytest.raises(CommandError, match="name"):
        run("rename", service.slug, " ")
