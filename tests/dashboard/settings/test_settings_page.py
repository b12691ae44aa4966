"""/s/<slug>/settings/ and /archived/: what a service is, and what an operator does with it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduler.intake.claims import claim
from scheduler.models import Service
from scheduler.pruning.removal import Remover, mark_deleted
from scheduler.retention.archive import archive
from scheduler.services import get_service
from scheduler.upkeep.service import upkeep_service
from tests.conftest import after
from tests.dashboard.conftest import HTMX, Story
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db

SETTINGS = "/s/service-1/settings/"
ACTIONS = ({"action": "rename", "name": "x"}, {"action": "archive"}, {"action": "delete"})


def test_it_says_what_the_service_is_and_what_would_go(operator: Client, story: Story) -> None:
    text = text_of(get(operator, SETTINGS))

    assert "Slug, in addresses service-1" in text
    assert "There is no way back." in text
    assert "1 policy" in text


def test_its_tab_is_the_last(viewer: Client, story: Story) -> None:
    tabs = viewer.get(SETTINGS).context["page"].chrome.tabs

    assert [(tab.word, tab.current) for tab in tabs][-1] == ("Settings", "page")


def test_who_may_only_look_gets_no_form(viewer: Client, story: Story) -> None:
    page = get(viewer, SETTINGS)

    assert "Only operators can change this." in text_of(page)
    assert 'name="action"' not in page


@pytest.mark.parametrize("fields", ACTIONS)
def test_nor_is_an_action_of_theirs_done(fields, viewer: Client, story: Story) -> None:
    assert viewer.post(SETTINGS, fields).status_code == 403
    assert get_service("service-1").archived_at is None


@pytest.mark.parametrize("fields", ACTIONS)
def test_nor_of_a_visitor_or_without_a_token(fields, operator: Client, story: Story) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies

    assert Client().post(SETTINGS, fields)["Location"].startswith("/login/")
    assert strict.post(SETTINGS, fields).status_code == 403


@pytest.mark.both_databases
def test_looking_writes_nothing(operator: Client, story: Story) -> None:
    with CaptureQueriesContext(connection) as queries:
        operator.get(SETTINGS, {"action": "archive"})

    assert all(each["sql"].startswith("SELECT") for each in queries)
    assert len(queries) <= 13


def test_an_operator_renames(operator: Client, story: Story) -> None:
    answer = operator.post(SETTINGS, {"action": "rename", "name": " <b>Night</b> "})

    assert (answer.status_code, answer["Location"]) == (303, SETTINGS)
    assert "It is called “&lt;b&gt;Night&lt;/b&gt;” from now on." in text_of(
        get(operator, SETTINGS)
    )
    assert get_service("service-1").name == "<b>Night</b>"


@pytest.mark.parametrize("name", ["", "x" * 201, "two\nlines"])
def test_a_name_that_can_be_none_is_told_beside_its_field(
    name: str, operator: Client, story: Story
) -> None:
    answer = operator.post(SETTINGS, {"action": "rename", "name": name})

    assert answer.status_code == 400
    assert "Nothing was changed: name" in text_of(answer.content.decode())


def test_an_operator_archives_and_takes_out(operator: Client, story: Story) -> None:
    operator.post(SETTINGS, {"action": "archive"})

    assert get_service("service-1").archived_by == "kim"
    assert "It is archived." in text_of(get(operator, SETTINGS))
    assert "Archived since" in text_of(get(operator, "/s/service-1/"))

    operator.post(SETTINGS, {"action": "unarchive"})

    assert get_service("service-1").archived_at is None


@pytest.mark.parametrize(
    ("zone", "since"),
    [("UTC", "2026-03-14 12:00:00 UTC"), ("Asia/Kathmandu", "2026-03-14 17:45:00 UTC+05:45")],
)
def test_since_when_a_service_is_archived_is_told_in_the_zone_of_the_page(
    operator: Client, story: Story, zone: str, since: str
) -> None:
    archive(get_service("service-1"), by="kim", now=after(0))

    page = text_of(get(operator, f"/s/service-1/?tz={zone}"))

    assert f"Archived since {since}: what you see" in page


def test_the_live_page_of_an_archived_service_claims_nothing_of_now(
    operator: Client, story: Story
) -> None:
    assert "Archived:" not in text_of(get(operator, "/s/service-1/"))
    archive(get_service("service-1"), by="kim", now=after(0))

    page = text_of(get(operator, "/s/service-1/"))

    assert "Archived: nobody can start it, and nothing new is kept." in page
    assert "Silent holder" not in page
    assert "No runners" not in page


def test_archived_services_have_a_page_of_their_own(operator: Client, story: Story) -> None:
    assert "archived service" not in text_of(get(operator, "/"))
    archive(get_service("service-1"), by="kim", now=after(0))

    overview = get(operator, "/")

    assert 'id="service-service-1"' not in overview
    assert 'href="/archived/"' in overview
    assert "1 archived service" in text_of(overview)
    listed = text_of(get(operator, "/archived/"))
    assert "Service 1" in listed
    assert "by kim" in listed
    assert "service-1" not in get(operator, "/history/")


def test_a_list_without_archived_services_says_how_one_gets_there(viewer: Client) -> None:
    assert "None. An operator archives" in text_of(get(viewer, "/archived/"))


@pytest.mark.parametrize("typed", ["", "service", "SERVICE-1", "service-1x"])
def test_the_wrong_slug_deletes_nothing(typed: str, operator: Client, story: Story) -> None:
    answer = operator.post(SETTINGS, {"action": "delete", "slug": typed})

    assert answer.status_code == 400
    assert "Nothing was deleted: type service-1 exactly" in text_of(answer.content.decode())
    assert get_service("service-1")


def test_the_right_one_deletes(
    operator: Client, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.settings.views.REMOVED_AT_ONCE_SECONDS", 60.0)

    answer = operator.post(SETTINGS, {"action": "delete", "slug": " service-1 "})

    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert "Service 1 is deleted." in text_of(get(operator, "/"))
    assert not Service.objects.filter(slug="service-1").exists()


def test_what_is_left_of_a_big_one_is_the_workers(
    operator: Client, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.settings.views.REMOVED_AT_ONCE_SECONDS", 0.0)

    operator.post(SETTINGS, {"action": "delete", "slug": "service-1"})

    assert "The worker removes what was recorded of it." in text_of(get(operator, "/"))
    assert Service.objects.filter(slug="service-1").exists()


PAGES = ("", "cycles/", "past/", "history/", "history/tail/", "blocked/", "runners/", "settings/",
         "runners/a/", "cycles/2026-03-14T12:00:00Z/", "history/export.csv")  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_of_a_deleted_service_are_gone(page: str, viewer: Client, story: Story) -> None:
    path = f"/s/service-1/{page}"
    mark_deleted(get_service("service-1"), by="kim")

    answers = [viewer.get(path), viewer.get(path, {"known": "1:"}, headers=HTMX)]

    assert [answer.status_code for answer in answers] == [404, 404]


ROWS_ENOUGH = ("cycles/", "history/", "history/tail/", "settings/")


@pytest.mark.parametrize("page", PAGES[:-1])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_so_is_one_that_is_deleted_while_it_is_made(
    page: str, headers: dict[str, str], viewer: Client, story: Story
) -> None:
    service, is_gone = get_service("service-1"), list[bool]()

    def delete_after_the_first_look(execute: Any, sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if not is_gone and 'FROM "scheduler_service"' in sql:
            is_gone.append(True)
            mark_deleted(service, by="kim")
            while not Remover(service).remove().is_done:
                pass
        return result

    with connection.execute_wrapper(delete_after_the_first_look):
        answer = viewer.get(f"/s/service-1/{page}", headers=headers)

    # A page that needs no more of its rows than it has read may still be answered.
    assert is_gone
    assert answer.status_code == (200 if page in ROWS_ENOUGH else 404)


@pytest.mark.parametrize("fields", [{"action": "archive"}, {"action": "delete", "slug": "x"}])
def test_the_upkeep_says_why_it_stays(fields, operator: Client) -> None:
    upkeep_service()
    path = "/s/slotwatch-upkeep/settings/"
    fields = fields | ({"slug": "slotwatch-upkeep"} if "slug" in fields else {})

    assert "workers share their work" in text_of(get(operator, path))
    answer = operator.post(path, fields)

    assert answer.status_code == 400
    assert "workers share their work" in text_of(answer.content.decode())
    assert get_service("slotwatch-upkeep").archived_at is None


def test_an_action_that_is_none_is_refused(operator: Client, story: Story) -> None:
    assert operator.post(SETTINGS, {"action": "explode"}).status_code == 400
    assert operator.post(SETTINGS).status_code == 400


def test_an_unknown_service_has_no_settings(operator: Client) -> None:
    assert operator.get("/s/nothing/settings/").status_code == 404
    assert operator.post("/s/nothing/settings/", {"action": "archive"}).status_code == 404


def test_a_claim_between_looking_and_deleting_goes_with_it(
    operator: Client, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.settings.views.REMOVED_AT_ONCE_SECONDS", 60.0)
    get(operator, SETTINGS)
    claim(get_service("service-1"), "newcomer")

    operator.post(SETTINGS, {"action": "delete", "slug": "service-1"})

    assert not Service.objects.filter(slug="service-1").exists()
