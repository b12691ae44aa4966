"""What Django answered, as a server sends it: at once, or piece by piece.

Everything here runs in a thread of the pool, and pieces of one answer in whichever is free: between
two of them it holds neither a thread nor a connection to the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import close_old_connections
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

# Of an answer in pieces, at least so much is made at once where there is as much.
PIECE_BYTES = 65_536

type Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response's head, its first bytes, and what makes the others where those are not all."""

    status: int
    headers: list[Header]
    body: bytes
    rest: "Rest | None" = None


class Rest:
    """The bytes of a streaming response that are not made yet."""

    def __init__(self, response: StreamingHttpResponse) -> None:
        self._response = response
        self._parts: Iterator[bytes] = iter(response)

    def next_piece(self) -> bytes:
        """PIECE_BYTES or more; fewer at the end, and then none. Raises what the response raises."""
        # A stream lives longer than a request; its thread's connection may have broken meanwhile.
        close_old_connections()
        try:
            made: list[bytes] = []
            size = 0
            while size < PIECE_BYTES and (part := next(self._parts, None)) is not None:
                made.append(part)
                size += len(part)
            return b"".join(made)
        finally:
            close_old_connections()

    def close(self) -> None:
        """Give back what the response holds, also where it was not read to its end."""
        self._response.close()


def answer_of(response: HttpResponseBase) -> Answer:
    """The response as bytes; it is closed unless there is a rest of it."""
    headers = _headers(response)
    if isinstance(response, StreamingHttpResponse):
        return _begun(response, headers)
    try:
        content = response.content if isinstance(response, HttpResponse) else b""
        return Answer(status=response.status_code, headers=headers, body=content)
    finally:
        response.close()


def _begun(response: StreamingHttpResponse, headers: list[Header]) -> Answer:
    if isinstance(response, FileResponse):
        response.block_size = PIECE_BYTES
    rest = Rest(response)
    try:
        first = rest.next_piece()
    except BaseException:
        rest.close()
        raise
    # All of it was in the first piece: an answer like any other.
    if len(first) < PIECE_BYTES:
        rest.close()
        return Answer(status=response.status_code, headers=headers, body=first)
    return Answer(status=response.status_code, headers=headers, body=first, rest=rest)


def _headers(response: HttpResponseBase) -> list[Header]:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = (cookie.OutputString() for cookie in response.cookies.values())
    return headers + [(b"Set-Cookie", cookie.encode("ascii")) for cookie in cookies]
