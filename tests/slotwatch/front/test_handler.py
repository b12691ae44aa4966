"""What the front answers by itself, before anything of Django sees the request."""

from typing import Any

from slotwatch.front.handler import Front
from tests.slotwatch.front.loop import run


def test_an_address_that_is_no_text_is_refused_and_kept_by_nobody() -> None:
    start, body = answer_to(b"q=\xff")

    headers = {name.lower(): value for name, value in start["headers"]}
    assert start["status"] == 400
    assert headers[b"cache-control"] == b"no-store"
    assert body["body"] == b"The address is not UTF-8.\n"


def answer_to(query: bytes) -> list[dict[str, Any]]:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": query,
        "headers": [(b"host", b"localhost")],
        "extensions": {},
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    run(Front()(scope, receive, send))
    return sent
