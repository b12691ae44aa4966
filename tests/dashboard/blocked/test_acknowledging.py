"""Acknowledging blocks from the blocked audit, and undoing it."""

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from scheduler.models import Acknowledgement, DerivedBlock, Execution, Service
from tests.conftest import after
from tests.dashboard.blocked.blocking import block, derived
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db
PAGE = "/s/service-1/blocked/"
ACKNOWLEDGE = f"{PAGE}acknowledge/"
UNDO = f"{PAGE}undo/"


@pytest.fixture(autouse=True)
def at_one(set_clock: Callable[[datetime], None]) -> None:
    set_clock(after(3_600))


def seen_on(client: Client, query: str = "") -> str:
    """What the form of the page says that was seen."""
    found = re.search(r'name="seen" value="([^"]+)"', get(client, PAGE + query))
    assert found is not None
    return found[1]


def unacknowledged() -> int:
    rows = Execution.objects.filter(acknowledgement=None, status="blocked")
    return rows.count() + DerivedBlock.objects.filter(acknowledgement=None).count()


def test_one_block_is_acknowledged_with_a_note(operator: Client, service: Service) -> None:
    one, other = block(service, 0), block(service, 1)

    response = operator.post(
        ACKNOWLEDGE + "?from=now-6h&limit=7", {"block": f"execution-{one.pk}", "note": "known"}
    )

    assert (response.status_code, response["Location"]) == (303, f"{PAGE}?from=now-6h&limit=7")
    one.refresh_from_db()
    other.refresh_from_db()
    action = one.acknowledgement
    assert action is not None
    assert (action.acknowledged_by, action.note, action.block_count) == ("kim", "known", 1)
    assert action.acknowledged_at == after(3_600)
    assert other.acknowledgement is None


def test_a_derived_block_is_acknowledged_alone(operator: Client, observed: Service) -> None:
    one = derived(observed, 0)
    block(observed, 1)

    operator.post(ACKNOWLEDGE, {"block": f"derived-{one.pk}", "note": "known"})

    one.refresh_from_db()
    assert one.acknowledgement is not None
    assert unacknowledged() == 1


def test_everything_that_the_filter_matches_is_one_action(
    operator: Client, observed: Service
) -> None:
    for number in range(5):
        block(observed, number, "odd one")
        derived(observed, number, "odd one", of=f"runner-{number}")
        block(observed, number, "late_start")
    query = "?reason=odd+one"
    assert "Acknowledge all 10" in text_of(get(operator, PAGE + query))

    response = operator.post(
        ACKNOWLEDGE + query, {"seen": seen_on(operator, query), "note": "a known oddity"}
    )

    action = Acknowledgement.objects.get()
    assert action.block_count == 10
    assert unacknowledged() == 5
    page = text_of(get(operator, unescape(response["Location"])))
    assert page.startswith("Blocked · Service 1")
    assert "10 blocks acknowledged: a known oddity Undo" in page
    assert "12:00:00" not in page.partition("10 blocks acknowledged")[0]
    assert "10 blocks acknowledged: a known oddity" not in text_of(get(operator, PAGE + query))


def test_what_came_after_the_page_was_drawn_is_left_alone(
    operator: Client, observed: Service, set_clock: Callable[[datetime], None]
) -> None:
    block(observed, 0)
    derived(observed, 1)
    seen = seen_on(operator)
    # Also where it began earlier than what was seen.
    block(observed, -5)
    derived(observed, -10)
    set_clock(after(3_700))

    operator.post(ACKNOWLEDGE, {"seen": seen, "note": "seen to"})

    assert Acknowledgement.objects.get().block_count == 2
    assert unacknowledged() == 2


def test_the_range_is_that_of_the_page_and_not_that_of_the_click(
    operator: Client, service: Service, set_clock: Callable[[datetime], None]
) -> None:
    block(service, 0)
    seen = seen_on(operator, "?from=now-1h")
    # It has left the last hour since.
    set_clock(after(3_800))

    operator.post(ACKNOWLEDGE + "?from=now-1h", {"seen": seen, "note": "seen to"})

    assert unacknowledged() == 0


def test_sent_twice_it_is_done_once(operator: Client, service: Service) -> None:
    block(service, 0)
    sent = {"seen": seen_on(operator), "note": "seen to"}
    operator.post(ACKNOWLEDGE, sent)
    get(operator, PAGE)

    response = operator.post(ACKNOWLEDGE, sent)

    assert response.status_code == 303
    assert Acknowledgement.objects.count() == 1
    assert "Nothing was left to acknowledge" in text_of(get(operator, PAGE))


def test_what_is_acknowledged_already_is_not_offered(operator: Client, service: Service) -> None:
    block(service, 0)
    operator.post(ACKNOWLEDGE, {"seen": seen_on(operator), "note": "seen to"})

    assert "<textarea" not in get(operator, PAGE)


def test_undo_takes_it_back_and_keeps_who_did_what(operator: Client, service: Service) -> None:
    block(service, 0)
    block(service, 1)
    operator.post(ACKNOWLEDGE, {"seen": seen_on(operator), "note": "seen to"})
    action = Acknowledgement.objects.get()

    response = operator.post(UNDO + "?acknowledged=yes", {"action": action.pk})

    assert (response.status_code, response["Location"]) == (303, f"{PAGE}?acknowledged=yes")
    action.refresh_from_db()
    assert (action.undone_by, action.block_count) == ("kim", 2)
    assert unacknowledged() == 2
    page = text_of(get(operator, PAGE))
    assert "Undone for 2 blocks: seen to" in page
    assert "13:00:00 kim seen to 2 blocks undone by kim at 13:00:00" in page


def test_the_message_offers_to_undo_its_own_action(operator: Client, service: Service) -> None:
    block(service, 0)
    operator.post(ACKNOWLEDGE, {"seen": seen_on(operator), "note": "seen to"})

    notice = get(operator, PAGE).partition('notice"')[2].partition("</form>")[0]

    assert f'name="action" value="{Acknowledgement.objects.get().pk}"' in " ".join(notice.split())


def test_undone_twice_it_says_so(operator: Client, service: Service) -> None:
    block(service, 0)
    operator.post(ACKNOWLEDGE, {"seen": seen_on(operator), "note": "seen to"})
    key = Acknowledgement.objects.get().pk
    operator.post(UNDO, {"action": key})
    get(operator, PAGE)

    assert operator.post(UNDO, {"action": key}).status_code == 303
    assert "This acknowledgement was undone before." in text_of(get(operator, PAGE))


def test_a_long_note_is_shortened_in_the_message_and_kept_in_full(
    operator: Client, service: Service
) -> None:
    block(service, 0)
    note = "all night long. " * 100

    operator.post(ACKNOWLEDGE, {"seen": seen_on(operator), "note": note})

    notice = text_of(get(operator, PAGE).partition('notice"')[2].partition("</p>")[0])
    assert notice.endswith("all night long. all night long.…")
    assert Acknowledgement.objects.get().note == note.strip()


def test_the_latest_actions_are_listed_for_everyone(
    operator: Client, viewer: Client, service: Service
) -> None:
    for number in range(2):
        one = block(service, number)
        operator.post(ACKNOWLEDGE, {"block": f"execution-{one.pk}", "note": f"note {number}"})

    actions = text_of(get(viewer, PAGE).partition('id="actions-title"')[2])

    assert "13:00:00 kim note 1 1 block 13:00:00 kim note 0 1 block" in actions
    assert "Undo" not in actions.partition("Blocks")[2].replace("Undo", "", 1)


def test_another_services_blocks_and_actions_are_not_reached(
    operator: Client, make_service: Callable[..., Service]
) -> None:
    make_service()
    theirs = block(make_service(), 0)

    operator.post(ACKNOWLEDGE, {"block": f"execution-{theirs.pk}", "note": "mine?"})
    assert Acknowledgement.objects.count() == 0

    operator.post(
        "/s/service-2/blocked/acknowledge/", {"block": f"execution-{theirs.pk}", "note": "theirs"}
    )
    key = Acknowledgement.objects.get().pk
    assert operator.post(UNDO, {"action": key}).status_code == 400
    assert unacknowledged() == 0


def test_who_may_only_look_changes_nothing(viewer: Client, service: Service) -> None:
    one = block(service, 0)

    refused = viewer.post(ACKNOWLEDGE, {"block": f"execution-{one.pk}", "note": "x"})

    assert refused.status_code == 403
    assert "You may look, but not change this" in text_of(refused.content.decode())
    assert viewer.post(UNDO, {"action": 1}).status_code == 403
    assert unacknowledged() == 1


@pytest.mark.parametrize("is_public", [False, True])
def test_who_is_not_signed_in_is_led_to_it(
    anonymous: Client, service: Service, settings: Any, is_public: bool
) -> None:
    settings.SLOTWATCH_PUBLIC_VIEW = is_public
    one = block(service, 0)

    response = anonymous.post(ACKNOWLEDGE, {"block": f"execution-{one.pk}", "note": "x"})

    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=")
    assert unacknowledged() == 1


@pytest.mark.parametrize("path", [ACKNOWLEDGE, UNDO])
def test_after_signing_in_one_is_back_on_the_page(
    operator: Client, service: Service, path: str
) -> None:
    response = operator.get(path + "?reason=odd")

    assert (response.status_code, response["Location"]) == (303, f"{PAGE}?reason=odd")


def test_a_form_needs_the_token_of_its_page(service: Service) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_superuser("kim"))
    one = block(service, 0)

    response = client.post(ACKNOWLEDGE, {"block": f"execution-{one.pk}", "note": "x"})

    assert response.status_code == 403
    assert unacknowledged() == 1


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("", {"note": "x"}),
        ("", {"note": "x", "seen": "now"}),
        # A moment that is still to come: the year 2255.
        ("", {"note": "x", "seen": "9000000000000000-1-1"}),
        ("", {"note": "x", "seen": "99999999999999999-1-1"}),
        ("", {"note": "x", "block": "execution-x"}),
        ("", {"note": "x", "block": "service-1"}),
        ("?reason=%00", {"note": "x", "seen": "1773489600000000-999-999"}),
        ("", {"note": " ", "seen": "1773493200000000-999999-999999"}),
        ("", {"seen": "1773493200000000-999999-999999"}),
    ],
)
def test_what_is_no_form_of_ours_is_refused(
    operator: Client, service: Service, query: str, sent: dict[str, str]
) -> None:
    block(service, 0)

    assert operator.post(ACKNOWLEDGE + query, sent).status_code == 400
    assert unacknowledged() == 1


@pytest.mark.parametrize("key", ["", "x", "0", "999999999999"])
def test_what_is_no_action_is_not_undone(operator: Client, service: Service, key: str) -> None:
    assert operator.post(UNDO, {"action": key}).status_code == 400


@pytest.mark.parametrize("path", [ACKNOWLEDGE, UNDO])
def test_an_unknown_service_is_told(operator: Client, path: str) -> None:
    assert operator.post(path, {"note": "x"}).status_code == 404
