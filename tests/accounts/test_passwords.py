"""One-time passwords, and choosing another one."""

import pytest
from django.test import Client

from accounts.first_account import make_first_account
from accounts.models import User

pytestmark = pytest.mark.django_db

OLD, NEW = "k7mqx-2vp9h-dtw4r-n3bcf", "a sentence that is mine"


@pytest.fixture
def newcomer() -> Client:
    """Signed in with a one-time password."""
    User.objects.create_user("new", password=OLD, must_change_password=True)
    client = Client()
    assert client.login(username="new", password=OLD)
    return client


def change(client: Client, old: str = OLD, new: str = NEW, again: str = "", path: str = ""):
    fields = {"oldpassword": old, "password1": new, "password2": again or new}
    return client.post(path or "/password/", fields)


@pytest.mark.parametrize(
    "path", ["/", "/history/", "/s/nothing/", "/nothing/", "/login/", "/?tz=UTC"]
)
def test_a_one_time_password_opens_nothing_else(path: str, newcomer: Client) -> None:
    answer = newcomer.get(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/password/?next=%2F")


def test_nor_where_anybody_may_look(newcomer: Client, settings) -> None:
    settings.SLOTWATCH_PUBLIC_VIEW = True

    assert newcomer.get("/").status_code == 302


def test_nor_a_fragment(newcomer: Client) -> None:
    answer = newcomer.get("/", headers={"HX-Request": "true"})

    assert answer["HX-Redirect"] == "/password/"


def test_nor_an_action(newcomer: Client) -> None:
    answer = newcomer.post("/s/nothing/blocked/acknowledge/")

    assert (answer.status_code, answer["Location"]) == (302, "/password/")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/password/"])
def test_it_opens_these(path: str, newcomer: Client) -> None:
    assert newcomer.get(path).status_code == 200


def test_signing_out_is_open_too(newcomer: Client) -> None:
    assert newcomer.post("/logout/")["Location"] == "/login/"


def test_once_another_is_chosen_one_goes_on(newcomer: Client) -> None:
    page = newcomer.get("/history/")["Location"]

    answer = change(newcomer, path=page)

    assert (answer.status_code, answer["Location"]) == (302, "/history/")
    assert newcomer.get("/history/").status_code == 200
    assert not User.objects.get().must_change_password
    assert Client().login(username="new", password=NEW)
    assert not Client().login(username="new", password=OLD)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"old": "wrong"}, "current password"),
        ({"new": OLD}, "This is the present one"),
        ({"new": "12345"}, "too short"),
        ({"again": "another sentence"}, "same password each time"),
    ],
)
def test_what_is_wrong_is_said(fields: dict[str, str], told: str, newcomer: Client) -> None:
    answer = change(newcomer, **fields)

    assert told in answer.content.decode()
    assert User.objects.get().must_change_password


def test_the_old_password_can_not_be_guessed_at_will(newcomer: Client) -> None:
    statuses = [change(newcomer, old="wrong").status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]


def test_the_refusal_says_when(newcomer: Client) -> None:
    for _ in range(6):
        answer = change(newcomer, old="wrong")

    assert 1 <= int(answer["Retry-After"]) <= 60


def test_other_browsers_are_signed_out() -> None:
    user = User.objects.create_user("ann", password=OLD)
    here, there = Client(), Client()
    here.force_login(user)
    there.force_login(user)

    answer = change(here)

    assert answer["Location"] == "/password/"
    assert "Your password is changed." in here.get("/password/").content.decode()
    assert there.get("/").status_code == 302


def test_an_account_without_a_password_is_told_so(viewer: Client) -> None:
    answer = viewer.get("/password/")

    assert answer.status_code == 404
    assert "manage.py changepassword viewer" in answer.content.decode()


def test_a_visitor_signs_in_first(settings) -> None:
    for settings.SLOTWATCH_PUBLIC_VIEW in (False, True):
        assert Client().get("/password/")["Location"] == "/login/?next=/password/"


@pytest.mark.parametrize("taken", ["operator", "operator-1"])
def test_the_first_account_is_made_where_nobody_can_operate(taken: str) -> None:
    User.objects.create_user(taken)

    made = make_first_account()

    assert made is not None
    assert made.username == ("operator" if taken != "operator" else "operator-1")
    user = User.objects.get(username=made.username)
    assert user.check_password(made.one_time_password)
    assert user.must_change_password
    assert user.has_perm("scheduler.operate")


def test_none_is_made_where_somebody_can() -> None:
    User.objects.create_superuser("root")

    assert make_first_account() is None


@pytest.mark.parametrize(
    ("taken", "name"),
    [((), "operator"), (("operator",), "operator-1"), (("operator", "operator-1"), "operator-2")],
)
def test_one_that_nobody_used_gets_another_password(taken: tuple[str, ...], name: str) -> None:
    for each in taken:
        User.objects.create_user(each, password=OLD)

    first, second = make_first_account(), make_first_account()

    assert first is not None
    assert second is not None
    assert (first.username, second.username) == (name, name)
    assert not Client().login(username=name, password=first.one_time_password)
    assert Client().login(username=name, password=second.one_time_password)
    assert make_first_account() is None
    assert all(User.objects.get(username=each).check_password(OLD) for each in taken)


def test_one_that_nobody_used_is_left_alone_once_somebody_else_operates() -> None:
    first = make_first_account()
    User.objects.create_superuser("root")

    assert make_first_account() is None
    assert first is not None
    assert Client().login(username="operator", password=first.one_time_password)
