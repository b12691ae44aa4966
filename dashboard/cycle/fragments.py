"""Fragments of a cycle's page: drawn once for all tabs that show the same lanes in the same zone.

A fragment is good for whoever gets it until the revision or its next change says otherwise: that is
what an unchanged poll relies on, and its counters count on in the browser.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.http import HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

from dashboard.cycle.page import CyclePage
from dashboard.web.pages import ServiceVisit, rendered
from dashboard.web.polling import KNOWN, stamped
from scheduler.cycles.known import was_just_read
from scheduler.db.answers import Answers

TEMPLATE = "dashboard/cycle/cycle.html"
# Those of all services, choices of lanes and zones together.
BYTES_KEPT = 32_000_000
# As the middleware pads what it packs.
PADDING = 100


# No slots: a cached property needs a __dict__.
@dataclass(frozen=True, kw_only=True)
class _Fragment:
    body: bytes
    drawn_at: datetime
    until: datetime | None

    @cached_property
    def packed(self) -> bytes:
        return compress_string(self.body, max_random_bytes=PADDING)

    def is_good(self, now: datetime) -> bool:
        return was_just_read(self.drawn_at, now) and (self.until is None or now < self.until)


_FRAGMENTS: Answers[_Fragment] = Answers(BYTES_KEPT, weigh=lambda each: len(each.body))


def shown(visit: ServiceVisit, compose: Callable[[], CyclePage]) -> HttpResponse:
    """The page, or its fragment where htmx asks, which is composed and drawn only if no tab got it
    before."""
    if not visit.request.htmx:
        return rendered(TEMPLATE, compose())
    fragment = _FRAGMENTS.get(
        _state(visit),
        lambda: _drawn(visit, compose()),
        is_good=lambda each: each.is_good(visit.now),
    )
    is_packed = "gzip" in visit.request.headers.get("Accept-Encoding", "")
    response = HttpResponse(fragment.packed if is_packed else fragment.body)
    patch_vary_headers(response, ("Accept-Encoding",))
    if is_packed:
        response["Content-Encoding"] = "gzip"
    return stamped(response, visit.now)


def _state(visit: ServiceVisit) -> Hashable:
    service, asked = visit.service, visit.request.GET.copy()
    # What the tab knows decides whether it gets the fragment, and is not in it.
    asked.pop(KNOWN, None)
    return (
        *(service.pk, service.revision, service.summary_revision, service.pruned_until),
        *(visit.request.path, asked.urlencode(), str(timezone.get_current_timezone())),
    )


def _drawn(visit: ServiceVisit, page: CyclePage) -> _Fragment:
    return _Fragment(
        body=rendered(TEMPLATE, page, part="fragment").content,
        drawn_at=visit.now,
        until=page.next_change_at,
    )
