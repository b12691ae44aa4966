"""An answer sent piece by piece, at the pace of who reads it, until nobody does."""

import asyncio
from collections.abc import Awaitable, Callable

from slotwatch.front.asgi_types import Receive, Send
from slotwatch.front.bodies import ClientGone

# Servers queue so many messages for a slow client; small ones keep what waits for it small.
MESSAGE_BYTES = 32_768
# A client that took none of them for so long does not read.
SECONDS = 30.0


class SendingStalled(Exception):
    """The client is there and does not read. What was sent must not look complete."""


async def send_pieces(
    piece: bytes,
    next_piece: Callable[[], Awaitable[bytes]],
    receive: Receive,
    send: Send,
    *,
    seconds: float = SECONDS,
) -> None:
    """Send this piece and the next ones, until one is empty.

    Raises:
        ClientGone: the client went away.
        SendingStalled: it took nothing for so many seconds.
        Exception: whatever `next_piece` raises.
    """
    # A server does not say of a message that nobody is there to take it.
    gone = asyncio.ensure_future(_wait_until_gone(receive))
    sending = asyncio.ensure_future(_send_all(piece, next_piece, send, seconds))
    try:
        await asyncio.wait([gone, sending], return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            raise ClientGone
        await sending
    finally:
        # Whichever came first, the other one must not go on.
        for each in (gone, sending):
            each.cancel()
        await asyncio.gather(gone, sending, return_exceptions=True)


async def _send_all(
    piece: bytes, next_piece: Callable[[], Awaitable[bytes]], send: Send, seconds: float
) -> None:
    while piece:
        for start in range(0, len(piece), MESSAGE_BYTES):
            body = piece[start : start + MESSAGE_BYTES]
            try:
                async with asyncio.timeout(seconds):
                    await send({"type": "http.response.body", "body": body, "more_body": True})
            except TimeoutError:
                raise SendingStalled from None
        piece = await next_piece()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
