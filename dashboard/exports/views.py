"""The history and the blocked audit as files: exactly what the address of a page asks for."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice

from django.http import QueryDict
from django.http.response import HttpResponseBase as Response
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dashboard.blocked.query import BLOCKED
from dashboard.exports.room import (
    AT_ONCE,
    RETRY_AFTER_SECONDS,
    ExportResponse,
    NoRoom,
    give_back_place,
    take_place,
)
from dashboard.history.export_formats import CONTENT_TYPES, ExportFormat, export_text
from dashboard.history.lists import HISTORY, ListKind
from dashboard.history.query import CURSOR, LIMIT
from dashboard.web.errors import error_page, explained
from dashboard.web.requests import PageRequest
from scheduler.db import clock
from scheduler.history.blocks import only_blocks
from scheduler.history.exports import Batch, export_batches
from scheduler.history.filters import HistoryFilter, Sort
from scheduler.known_services import get_service, services_by_slug
from scheduler.models import Service

ALL_SERVICES = "all-services"
GZIP = zlib.MAX_WBITS + 16  # zlib's way of saying that its own header is not meant


# A HEAD would take a place and read a batch, for nothing that anybody sees.
@require_GET
@never_cache
@explained
def history(request: PageRequest, form: ExportFormat, slug: str = "") -> Response:
    """/history/export.<form>, /s/<slug>/history/export.<form>: executions."""
    return _export(request, HISTORY, form, slug)


@require_GET
@never_cache
@explained
def blocked(request: PageRequest, form: ExportFormat, slug: str) -> Response:
    """/s/<slug>/blocked/export.<form>: blocks, recorded and derived."""
    return _export(request, BLOCKED, form, slug)


def _export(request: PageRequest, kind: ListKind, form: ExportFormat, slug: str) -> Response:
    try:
        take_place()
    except NoRoom:
        return _no_room(request)
    try:
        response = _file(request, kind, form, slug)
    # Whatever ends it: a place that is lost is lost for as long as the process lives.
    except BaseException:
        give_back_place()
        raise
    # From here on the response gives it back, when its last row is sent or its reader is gone.
    response.hold_place()
    return response


def _no_room(request: PageRequest) -> Response:
    response = error_page(
        request,
        503,
        f"{AT_ONCE} exports are being written already",
        "Try again in half a minute, or ask for fewer rows.",
    )
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _file(request: PageRequest, kind: ListKind, form: ExportFormat, slug: str) -> ExportResponse:
    now = clock.now()
    services = [get_service(slug)] if slug else services_by_slug()
    asked, sort = _asked(kind, request.GET, services, now)
    batches = export_batches(services, asked, sort=sort, now=now, with_derived=kind.is_of_blocks)
    # Nothing in it needs quoting in a header: a slug, words of ours and digits.
    name = f"{slug or ALL_SERVICES}_{kind.name}_{_range(asked)}exported-{_instant(now)}.{form}"
    return _download(request, batches, form, name)


def _download(
    request: PageRequest, batches: Iterator[Batch], form: ExportFormat, name: str
) -> ExportResponse:
    # The first batch is read before there is an answer: what fails at once is an error page.
    read = list(islice(batches, 1))
    parts = (text.encode() for text in export_text(chain(read, batches), form))
    # A coding that was refused (q=0) is not in the header any more: a middleware has seen to it.
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = ExportResponse(
        _packed(parts) if is_packed else parts, content_type=CONTENT_TYPES[form]
    )
    if is_packed:
        response["Content-Encoding"] = "gzip"  # and the middleware leaves it as it is
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


def _packed(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same, compressed: five to ten times smaller for a sixth of the time.

    The middleware's level 6 would take four times as long for hardly less; and there is nothing
    secret in an export whose length could tell of it.
    """
    packer = zlib.compressobj(level=1, wbits=GZIP)
    for part in parts:
        # Flushed with each batch, so that rows come as they are read, and the page counts them.
        yield packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


def _asked(
    kind: ListKind, query: QueryDict, services: Sequence[Service], now: datetime
) -> tuple[HistoryFilter, Sort]:
    """Which rows, in which order: those of the page of this kind, all pages of it."""
    read = kind.read(_whole(query), services, now, timezone.get_current_timezone())
    return only_blocks(read.asked) if kind.is_of_blocks else read.asked, read.sort


def _whole(query: QueryDict) -> QueryDict:
    """The same without what belongs to one page of it: an export is the whole."""
    whole = query.copy()
    for name in (LIMIT, CURSOR):
        whole.pop(name, None)
    return whole


def _range(asked: HistoryFilter) -> str:
    """`20260314T120000Z-20260315T000000Z_`, or what there is of it."""
    since, until = asked.since or asked.began_since, asked.until or asked.began_until
    if since and until:
        return f"{_instant(since)}-{_instant(until)}_"
    if since:
        return f"from-{_instant(since)}_"
    return f"until-{_instant(until)}_" if until else ""


def _instant(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"
