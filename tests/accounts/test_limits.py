"""Attempts to sign in: how many, counted by whom, and what who is refused is told."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import KeptValue, User
from tests.conftest import ROOT

PASSWORD = "a long sentence of hers"
AT = datetime(2026, 3, 14, 12, 0, 30, tzinfo=UTC)


def sign_in(
    username: str = "ann", password: str = "wrong", *, address: str = "192.0.2.1", **headers: str
) -> Any:
    return Client().post(
        "/login/",
        {"username": username, "password": password},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        REMOTE_ADDR=address,
    )


def attempts(count: int, **changes: str) -> list[int]:
    """The statuses of so many wrong attempts; ``{}`` in a value is the number of the attempt."""
    return [
        sign_in(**{name: text.format(number) for name, text in changes.items()}).status_code
        for number in range(count)
    ]


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", password=PASSWORD)


@pytest.mark.django_db
def test_after_ten_from_one_address_the_next_is_refused() -> None:
    assert attempts(11, username="name-{}") == [200] * 10 + [429]


@pytest.mark.django_db
def test_after_ten_on_one_account_the_next_is_refused_wherever_it_comes_from() -> None:
    assert attempts(11, address="192.0.2.{}") == [200] * 10 + [429]


@pytest.mark.django_db
def test_the_right_password_is_refused_as_well(ann: User) -> None:
    attempts(10, address="192.0.2.{}")

    assert sign_in(password=PASSWORD, address="198.51.100.1").status_code == 429


@pytest.mark.django_db
def test_another_account_from_another_address_is_not(ann: User) -> None:
    attempts(11, username="bob")

    assert sign_in(password=PASSWORD, address="198.51.100.1").status_code == 302


@pytest.mark.django_db
def test_signing_in_with_success_uses_nothing_up(ann: User) -> None:
    right = {"password": PASSWORD, "address": "192.0.2.{}"}

    assert attempts(12, **right) == [302] * 12


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changed",
    [
        {"username": "ANN"},
        {"host": "localhost:{}"},
        {"x_forwarded_for": "203.0.113.{}"},
        {"x_real_ip": "203.0.113.{}"},
        {"forwarded": "for=203.0.113.{}"},
    ],
)
def test_nothing_that_a_client_writes_gets_it_another_try(changed: dict[str, str]) -> None:
    attempts(10, **changed)

    assert sign_in().status_code == 429


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2001:db8::1", "2001:db8::ffff"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_these_are_one_address(first: str, second: str) -> None:
    attempts(10, username="name-{}", address=first)

    assert sign_in("another", address=second).status_code == 429


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "second"),
    [("2001:db8::1", "2001:db8:0:1::1"), ("::ffff:192.0.2.1", "::ffff:192.0.2.2")],
)
def test_these_are_two(first: str, second: str) -> None:
    attempts(10, username="name-{}", address=first)

    assert sign_in("another", address=second).status_code == 200


@pytest.mark.django_db
def test_behind_a_proxy_the_last_address_counts(settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    attempts(10, username="name-{}", x_forwarded_for="203.0.113.{}, 192.0.2.77")

    assert sign_in("b", x_forwarded_for="192.0.2.77").status_code == 429
    assert sign_in("b", x_forwarded_for="192.0.2.77, 198.51.100.1").status_code == 200


def test_the_proxy_is_trusted_where_it_is_configured_and_nowhere_else(tmp_path: Path) -> None:
    asked = "from slotwatch.settings import ALLAUTH_TRUSTED_PROXY_COUNT as n; print(n)"

    def count(https: str) -> str:
        environment = {"SLOTWATCH_HTTPS": https, "SLOTWATCH_DATA_DIR": str(tmp_path)}
        command = [sys.executable, "-c", asked]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert [count(https) for https in ("on", "off", "proxy")] == ["0", "0", "1"]


@pytest.mark.django_db
def test_who_is_refused_is_told_when_to_try_again(ann: User) -> None:
    with time_machine.travel(AT, tick=False) as now:
        attempts(4, address="192.0.2.1")
        now.shift(timedelta(minutes=1))
        attempts(6, address="192.0.2.2")
        refused = sign_in(address="192.0.2.3")
        now.shift(int(refused["Retry-After"]) - 1)
        still = sign_in(password=PASSWORD, address="192.0.2.3")
        now.shift(2)
        again = sign_in(password=PASSWORD, address="192.0.2.3")

    assert refused["Retry-After"] == "240"
    text = " ".join(refused.content.decode().split())
    assert "Try again in 4 m, after" in text
    assert "12:05:30 UTC" in text
    assert (still.status_code, again.status_code) == (429, 302)


@pytest.mark.django_db
def test_looking_at_the_page_counts_and_writes_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        answers = {Client().get("/login/").status_code for _ in range(40)}

    assert (answers, len(queries)) == ({200}, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "FOO"])
@pytest.mark.parametrize("path", ["/login/", "/password/"])
def test_nothing_but_a_post_is_an_attempt(ann: User, path: str, method: str) -> None:
    client = Client()
    if path == "/password/":
        client.force_login(ann)
    right = {"username": "ann", "password": PASSWORD}

    answers = {client.generic(method, path).status_code for _ in range(30)}

    assert answers == {200 if method == "HEAD" else 405}
    assert not KeptValue.objects.exists()
    assert client.post(path, right).status_code == (302 if path == "/login/" else 200)


@pytest.mark.django_db
def test_a_head_gets_the_headers_of_a_get_and_no_body() -> None:
    head, got = Client().head("/login/"), Client().get("/login/")

    assert (head.status_code, head["Content-Type"]) == (200, got["Content-Type"])
    assert (head.content, got.content != b"") == (b"", True)


@pytest.mark.django_db
def test_a_flood_of_names_washes_no_count_away(settings: Settings) -> None:
    attempts(10, address="192.0.2.{}")
    over, holds = AT - timedelta(days=9_999), datetime(2999, 1, 1, tzinfo=UTC)
    KeptValue.objects.bulk_create(
        KeptValue(cache_key=f"{kind}-{number}", value="", expires=expires)
        for kind, expires in (("over", over), ("holds", holds))
        for number in range(1_000)
    )

    cache.set("another", 1)

    assert not KeptValue.objects.filter(cache_key__startswith="over").exists()
    assert KeptValue.objects.filter(cache_key__startswith="holds").count() == 1_000
    assert sign_in(address="198.51.100.1").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_processes_count_together(process_environment: dict[str, str]) -> None:
    script = """
import django; django.setup()
from django.test import Client
for number in range(4):
    answer = Client().post("/login/", {"username": "ann", "password": "wrong"},
        headers={"host": "localhost"})
    print(answer.status_code)
"""

    def run(_: int) -> list[str]:
        command = [sys.executable, "-c", script]
        done = subprocess.run(
            command, cwd=ROOT, env=process_environment, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    with ThreadPoolExecutor(4) as pool:
        statuses = [status for told in pool.map(run, range(4)) for status in told]

    assert len(statuses) == 16
    assert statuses.count("200") <= 10
    assert set(statuses) == {"200", "429"}


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_has_expired_goes_to_one_of_many_who_want_it() -> None:
    for round_number in range(5):
        name = f"lock-{round_number}"
        cache.set(name, "old", timeout=0.001)
        KeptValue.objects.update(expires=AT - timedelta(days=9_999))

        def take(number: int, name: str = name) -> bool:
            try:
                return cache.add(name, number, timeout=60)
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            taken = list(pool.map(take, range(8)))

        assert taken.count(True) == 1


@pytest.mark.django_db
def test_odd_input_is_a_wrong_password() -> None:
    odd = ["x" * 10_000, " ", "‮", "ann'--"]

    assert {sign_in(name, address=f"192.0.2.{n}").status_code for n, name in enumerate(odd)} == {
        200
    }


@pytest.mark.django_db
@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_signing_in_leads_nowhere_else(ann: User, elsewhere: str, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    answer = Client().post("/login/", {"username": "ann", "password": PASSWORD, "next": elsewhere})

    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.django_db
def test_a_closed_account_looks_like_a_wrong_password(ann: User) -> None:
    User.objects.update(is_active=False)

    assert "Wrong username or password." in sign_in(password=PASSWORD).content.decode()
