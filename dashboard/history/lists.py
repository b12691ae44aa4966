"""The lists that an address filters: the executions here, the blocks of the audit; what is asked of
one, and where its pages and exports are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache

from django.http import QueryDict
from django.urls import reverse

from dashboard.history.default_range import with_default_range, without_default
from dashboard.history.export_formats import ExportFormat
from dashboard.history.filter_kinds import Values
from dashboard.history.filters import RECORDED
from dashboard.history.query import HistoryQuery, history_query
from dashboard.text.names import short_names
from dashboard.text.words import TimeWords
from dashboard.web.pages import Visit
from scheduler.models import Service

type Read = Callable[[QueryDict, Sequence[Service], datetime, tzinfo], HistoryQuery]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLinks:
    """``total`` is how many rows there will be, in words, where the page knows it: "10,000+"."""

    csv_url: str
    ndjson_url: str
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKind:
    """``name`` begins the names of its addresses, ``read`` understands one as of an instant, in the
    zone of times without one; ``linked`` are the parameters that links beside the form say."""

    name: str
    title: str
    read: Read
    origins: Values
    is_of_blocks: bool = False
    linked: tuple[str, ...] = ()

    # As of a service's own pages: the resolver is asked once for each.
    @lru_cache(maxsize=1_000)  # noqa: B019 - there are as many as lists, and they stay
    def url(self, slug: str, part: str = "", *values: str) -> str:
        """The list of a service, or of all without a slug; or a part of it."""
        name = f"{self.name}_{part}" if part else self.name
        if slug:
            return reverse(f"dashboard:{name}", args=(slug, *values))
        return reverse(f"dashboard:all_{name}", args=values)

    def exports(self, slug: str, query: str, *, total: str = "") -> ExportLinks:
        """Those of what an address asks for: its ``query`` with the question mark."""
        csv_url, ndjson_url = (self.url(slug, "export", form) + query for form in ExportFormat)
        return ExportLinks(csv_url=csv_url, ndjson_url=ndjson_url, total=total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, understood: whose list, and which part of it."""

    visit: Visit
    kind: ListKind
    services: Sequence[Service]
    query: HistoryQuery

    @property
    def now(self) -> datetime:
        return self.visit.now

    @property
    def words(self) -> TimeWords:
        return self.visit.words

    @property
    def name(self) -> str:
        # Without a slug there are all services, of which there may be none.
        return self.services[0].name if self.visit.slug else "All services"

    @property
    def path(self) -> str:
        return self.url()

    def url(self, part: str = "") -> str:
        return self.kind.url(self.visit.slug, part)

    def exports(self, total: str = "") -> ExportLinks:
        # The query without the page's cursor: an export begins with the first row.
        return self.kind.exports(self.visit.slug, self.query.query(), total=total)

    def names(self) -> dict[str, str]:
        """What the runners of the filter are called."""
        runners = self.query.asked.runners
        addresses = {each.runner_id: (each.host, each.pid) for each in runners}
        return short_names(sorted(addresses), addresses)


def _read(
    given: QueryDict, services: Sequence[Service], now: datetime, zone: tzinfo
) -> HistoryQuery:
    # The last day is asked for and not written down: a link from here means the last day of whoever
    # follows it.
    ranged = with_default_range(given)
    query = history_query(ranged, services, now=now, zone=zone, origins=RECORDED)
    return without_default(query, given)


HISTORY = ListKind(name="history", title="History", read=_read, origins=RECORDED)
