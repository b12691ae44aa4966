"""The body of a request, as a server hands it over."""

import asyncio
from http import HTTPStatus
from typing import Any

import pytest

from slotwatch.front.bodies import BodyRefused, ClientGone, read_body
from tests.slotwatch.front.loop import run

GONE = {"type": "http.disconnect"}


def scope(method: str = "POST", **headers: str) -> dict[str, Any]:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": method, "headers": named}


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def read(asked: dict[str, Any], *messages: dict[str, Any], seconds: float = 60.0) -> bytes:
    """What is read of a client that says nothing more after these messages."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    body = run(read_body(asked, receive, bytes_at_most=10, seconds=seconds))
    return body.read()


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_who_only_asks_is_not_waited_for(method):
    assert read(scope(method)) == b""


def test_all_parts_are_one_body():
    assert read(scope(), part(b"ab", more=True), part(b"", more=True), part(b"c", more=False)) == (
        b"abc"
    )


def test_a_body_beside_a_get_is_read():
    assert read(scope("GET", content_length="2"), part(b"ab", more=False)) == b"ab"


def test_as_many_bytes_as_may_be_are_read():
    assert read(scope(content_length="10"), part(b"a" * 10, more=False)) == b"a" * 10


@pytest.mark.parametrize(
    ("asked", "messages"),
    [
        # Said before: nothing of it is read.
        (scope(content_length="11"), []),
        # Not said: no more of it is read than may be.
        (
            scope(transfer_encoding="chunked"),
            [part(b"a" * 6, more=True), part(b"a" * 5, more=True)],
        ),
    ],
)
def test_a_body_that_is_too_large_is_refused(asked, messages):
    with pytest.raises(BodyRefused, match="more than 10 bytes") as refused:
        read(asked, *messages)

    assert refused.value.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_body_that_does_not_come_is_refused():
    with pytest.raises(BodyRefused, match=r"not here within 0\.01 s") as refused:
        read(scope(content_length="5"), part(b"a", more=True), seconds=0.01)

    assert refused.value.status == HTTPStatus.REQUEST_TIMEOUT


def test_a_client_that_goes_is_not_waited_for():
    with pytest.raises(ClientGone):
        read(scope(content_length="5"), part(b"a", more=True), GONE)
