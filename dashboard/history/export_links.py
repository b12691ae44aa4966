"""Where the exports of a page are: what `_export.html` shows."""

from dataclasses import dataclass

from django.urls import reverse

from dashboard.history.export_formats import ExportFormat

HISTORY = "history"
BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLinks:
    """``total`` is how many rows there will be, in words, where the page knows it: "10,000+"."""

    csv_url: str
    ndjson_url: str
    total: str = ""


def export_links(kind: str, slug: str, query: str, *, total: str = "") -> ExportLinks:
    """The exports of a page: of `HISTORY` or `BLOCKED`.

    Args:
        slug: that of the page's service; empty in the history of all.
        query: what the page's own address asks for, with its question mark.
    """
    name, values = (f"{kind}_export", (slug,)) if slug else (f"all_{kind}_export", ())
    csv_url, ndjson_url = (
        reverse(f"dashboard:{name}", args=(*values, form)) + query for form in ExportFormat
    )
    return ExportLinks(csv_url=csv_url, ndjson_url=ndjson_url, total=total)
