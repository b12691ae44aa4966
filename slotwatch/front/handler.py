"""The application that a server calls: reads, hands to a thread, sends."""

import asyncio
import io
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.conf import settings
from django.core import signals
from django.core.handlers.asgi import ASGIRequest, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from slotwatch.front.answers import Answer, Header, Rest, answer_of
from slotwatch.front.asgi_types import Message, Receive, Scope, Send
from slotwatch.front.bodies import BodyRefused, ClientGone, read_body
from slotwatch.front.sockets import hang_up, limit_unread
from slotwatch.front.streams import SendingStalled, send_pieces
from slotwatch.requests.content_types import readable

# Requests that are worked on at once, in one process; the others wait for a thread. Each thread
# keeps its connection to SQLite, and takes one of PostgreSQL's pool (20) while it works.
THREADS = 8
_logger = logging.getLogger("slotwatch.front")


class Front(BaseHandler):
    """Django's handler with its middleware, synchronous, in threads that stay."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self._limits_unread = False
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            if not self._limits_unread:
                self._limits_unread = True
                limit_unread(scope)
            await self._serve(_with_readable_headers(scope), receive, send)
        else:
            raise ValueError(f"Only HTTP is spoken here, not {scope['type']}.")

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                self._threads.shutdown(wait=False, cancel_futures=True)
                return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await read_body(
                scope, receive, bytes_at_most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            )
        except BodyRefused as refused:
            await _send(_refusal(refused), send)
            return
        except ClientGone:
            return
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._answer, scope, body)
        if answer.rest is None:
            await _send(answer, send)
        else:
            await self._stream(scope, answer, answer.rest, receive, send)

    async def _stream(
        self, scope: Scope, answer: Answer, rest: Rest, receive: Receive, send: Send
    ) -> None:
        try:
            await send(_start(answer))
            next_piece = partial(self._in_thread, rest.next_piece)
            await send_pieces(answer.body, next_piece, receive, send)
        except ClientGone:
            pass
        except SendingStalled:
            _logger.info("Nobody reads %s: given up", scope["path"])
            hang_up(scope)
            raise
        finally:
            await self._in_thread(rest.close)

    async def _in_thread[T](self, work: Callable[[], T]) -> T:
        """The result of the work; on being cancelled it is waited for all the same.

        What a thread works on must not be closed under it.
        """
        done = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])
            raise

    def _answer(self, scope: Scope, body: io.BytesIO) -> Answer:
        """In a thread: all that Django does for a request."""
        set_script_prefix(get_script_prefix(scope))
        # Django's receivers give up connections that broke since this thread's last request.
        signals.request_started.send(sender=self.__class__, scope=scope)
        return answer_of(self._response(scope, body))

    def _response(self, scope: Scope, body: io.BytesIO) -> HttpResponseBase:
        try:
            request = ASGIRequest(scope, body)
        except UnicodeDecodeError:
            return HttpResponseBadRequest(
                "The address is not UTF-8.\n",
                content_type="text/plain",
                headers={"Cache-Control": "no-store"},
            )
        response: HttpResponseBase = self.get_response(request)
        return response


def _with_readable_headers(scope: Scope) -> Scope:
    """The same without the headers whose names have an underscore, and without what a client says
    of its body that can't be read.

    Django takes `X_Forwarded_Proto` for `X-Forwarded-Proto`, and a proxy replaces only the latter.
    """
    headers: list[Header] = scope["headers"]
    return scope | {
        "headers": [
            (name, readable(value.decode("latin-1")).encode("latin-1"))
            if name.lower() == b"content-type"
            else (name, value)
            for name, value in headers
            if b"_" not in name
        ]
    }


def _refusal(refused: BodyRefused) -> Answer:
    headers = [
        (b"Content-Type", b"text/plain; charset=utf-8"),
        (b"Cache-Control", b"no-store"),
        # What is left of the body is not read, so that nothing can follow on this connection.
        (b"Connection", b"close"),
    ]
    return Answer(status=refused.status, headers=headers, body=str(refused).encode())


def _start(answer: Answer) -> Message:
    return {"type": "http.response.start", "status": answer.status, "headers": answer.headers}


async def _send(answer: Answer, send: Send) -> None:
    await send(_start(answer))
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
