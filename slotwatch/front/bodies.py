"""The body of a request, read before anything else is done for it: bounded in size and in time."""

import asyncio
import io
from http import HTTPStatus

from slotwatch.front.asgi_types import Receive, Scope

# Forms are small, and over a bad line they take seconds. A byte at a time is no bad line.
SECONDS = 30.0
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class BodyRefused(Exception):
    """It is too large or takes too long. `status` and the message are the answer."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class ClientGone(Exception):
    """Nobody waits for an answer any more."""


async def read_body(
    scope: Scope, receive: Receive, *, bytes_at_most: int, seconds: float = SECONDS
) -> io.BytesIO:
    """The whole body.

    Raises:
        BodyRefused: it has more bytes, or was not here within so many seconds.
        ClientGone: the client went away meanwhile.
    """
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    if scope["method"] in _BODILESS and not length and b"transfer-encoding" not in headers:
        # Most requests: there is nothing to wait for.
        return io.BytesIO()
    if length.isdigit() and int(length) > bytes_at_most:
        # By its own word, before any of it is read.
        raise _too_large(bytes_at_most)
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, bytes_at_most)
    except TimeoutError:
        message = f"The request's body was not here within {seconds:g} s. Send it again.\n"
        raise BodyRefused(HTTPStatus.REQUEST_TIMEOUT, message) from None


async def _read(receive: Receive, bytes_at_most: int) -> io.BytesIO:
    body = io.BytesIO()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body.write(message.get("body", b""))
        # It may have told no length, or another one.
        if body.tell() > bytes_at_most:
            raise _too_large(bytes_at_most)
        if not message.get("more_body", False):
            body.seek(0)
            return body


def _too_large(bytes_at_most: int) -> BodyRefused:
    return BodyRefused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The request's body has more than {bytes_at_most:,} bytes. Send less at once.\n",
    )
