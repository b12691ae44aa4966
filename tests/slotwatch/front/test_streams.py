"""An answer in pieces, as a server takes it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from slotwatch.front.bodies import ClientGone
from slotwatch.front.streams import MESSAGE_BYTES, SendingStalled, send_pieces
from tests.slotwatch.front.loop import run


class Server:
    """Takes what is sent, until `stalls_after` so many messages; its client may go."""

    def __init__(self, *, stalls_after: int = 1_000) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()
        self._stalls_after = stalls_after

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if len(self.sent) == self._stalls_after:
            await asyncio.Event().wait()
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent)


def pieces(*left: bytes) -> Callable[[], Awaitable[bytes]]:
    waiting = list(left)

    async def next_piece() -> bytes:
        return waiting.pop(0) if waiting else b""

    return next_piece


async def endless() -> bytes:
    return b"more"


def test_every_piece_is_sent_and_then_the_end():
    server = Server()

    run(send_pieces(b"one", pieces(b"two", b"three"), server.receive, server.send))

    assert [message["more_body"] for message in server.sent] == [True, True, True, False]
    assert server.body == b"onetwothree"


def test_no_message_is_large():
    server = Server()

    run(send_pieces(b"a" * 100_000, pieces(), server.receive, server.send))

    assert max(len(message["body"]) for message in server.sent) <= MESSAGE_BYTES
    assert server.body == b"a" * 100_000


def test_who_takes_nothing_is_given_up():
    server = Server(stalls_after=3)

    with pytest.raises(SendingStalled):
        run(send_pieces(b"one", endless, server.receive, server.send, seconds=0.01))

    # Nothing says that this was all.
    assert [message["more_body"] for message in server.sent] == [True, True, True]


def test_who_goes_is_given_up():
    server = Server()
    server.gone.set()

    with pytest.raises(ClientGone):
        run(send_pieces(b"one", endless, server.receive, server.send))

    assert all(message["more_body"] for message in server.sent)


def test_what_fails_on_the_way_is_raised():
    async def fail() -> bytes:
        raise OSError("the disk is gone")

    server = Server()

    with pytest.raises(OSError, match="the disk is gone"):
        run(send_pieces(b"one", fail, server.receive, server.send))

    assert [message["more_body"] for message in server.sent] == [True]
