"""A browser without manners: it calls the application itself, byte for byte as the server would."""

import asyncio
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from bench.hostile.requests import Hostile
from slotwatch.front.asgi_types import Message
from slotwatch.front.handler import Front

_CSRF = "a" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the application sent."""

    status: int
    size: int


class Browser:
    """A stranger, or a user who is signed in again whenever an input signed out."""

    def __init__(self, application: Front, loop: asyncio.Runner, user: User | None = None) -> None:
        self._application = application
        self._loop = loop
        self._user = user
        self._session = ""

    def send(self, request: Hostile) -> Answered:
        """The application's answer. Raises what the application raises, which a server logs and
        answers with 500."""
        # Here and not below it: a loop is no place to ask a database from.
        scope = self._scope(request)
        return self._loop.run(self._send(scope, request.body))

    async def _send(self, scope: Message, body: bytes) -> Answered:
        sent: list[Message] = []
        parts = [{"type": "http.request", "body": body, "more_body": False}]
        gone = asyncio.Event()

        async def receive() -> Message:
            if parts:
                return parts.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def keep(message: Message) -> None:
            sent.append(message)

        await self._application(scope, receive, keep)
        return Answered(
            status=sent[0]["status"], size=sum(len(each.get("body", b"")) for each in sent)
        )

    def _scope(self, request: Hostile) -> Message:
        path, _, query = request.path.partition("?")
        headers = {
            "host": "localhost",
            "content-type": request.content_type,
            "content-length": str(len(request.body)),
            "cookie": f"csrftoken={_CSRF}; sessionid={self._session_key()}",
            "x-csrftoken": _CSRF,
        }
        # A server hands on names in lower case; what the input says counts.
        headers |= {name.lower(): value for name, value in request.headers.items()}
        return {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path.encode("ascii", "replace"),
            "query_string": query.encode("utf-8", "surrogatepass"),
            "root_path": "",
            "headers": [
                (name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()
            ],
            "client": ("127.0.0.1", "40000"),
            "server": ("127.0.0.1", "8000"),
        }

    def _session_key(self) -> str:
        if self._user is None:
            return ""
        if not Session.objects.filter(pk=self._session).exists():
            client = Client()
            client.force_login(self._user)
            self._session = client.cookies["sessionid"].value
        return self._session
