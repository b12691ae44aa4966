"""Rows of the history: many on a page, so that each is written at once.

A template that resolves every cell by itself takes five times as long.
"""

import html
from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dashboard.history.filter_bar import Fieldset
from dashboard.history.rows import HistoryRow
from dashboard.templatetags.slotwatch import icon, mark, since
from dashboard.text.words import TimeWords
from scheduler.words.characters import visible

register = template.Library()

# The cells under the head of history.html, in its order. One `format` a row, of what is escaped
# before: `format_html` would escape our own parts as well.
_ROW = (
    '<tr id="{key}">'
    '<td class="times"><a href="{url}"><time datetime="{iso}">{time}</time></a></td>'
    "{service}"
    '<td><a href="{runner_url}" title="{runner_id}"><bdi>{runner}</bdi></a></td>'
    '<td><span class="badge {signal}">{mark}<bdi>{word}</bdi></span></td>'
    '<td class="length">{length}</td>'
    '<td class="muted"><bdi>{why}</bdi>{acknowledged}</td>'
    '<td class="times">{cycle}</td>'
    '<td class="times"><a href="{url}" title="{run_id}"><bdi>{short_run_id}</bdi></a></td>'
    "</tr>"
)
_LINK = '<a href="{}">{}</a>'
_SERVICE = '<td><a href="{}"><bdi>{}</bdi></a></td>'
_ACKNOWLEDGED = '<span class="acknowledged" title="{}">{}acknowledged</span>'


@register.simple_tag
# What most people ask for is the same, and these are half of what its template does.
@lru_cache(maxsize=64)
def filter_fields(fieldsets: tuple[Fieldset, ...], runners_url: str) -> SafeString:
    """The fields of a filter's form, written once for each state of it."""
    fields = {"fieldsets": fieldsets, "runners_url": runners_url}
    return render_to_string("dashboard/history/_fields.html", fields)


def escape(text: str) -> str:
    return html.escape(visible(text))


@register.simple_tag
def history_rows(rows: Iterable[HistoryRow], words: TimeWords, has_services: bool) -> SafeString:
    """Attempts as rows of the table; with their services where there are several."""
    return mark_safe("".join(_row(each, words, has_services) for each in rows))  # noqa: S308


def _row(row: HistoryRow, words: TimeWords, has_services: bool) -> str:
    # Escaped are the texts that come from elsewhere: instants, lengths and keys are our own.
    # Twice in the row, escaped once.
    seen, url = row.acknowledged, escape(row.url)
    return _ROW.format(
        key=row.key,
        url=url,
        iso=row.iso,
        time=row.time,
        service=format_html(_SERVICE, row.service_url, visible(row.service))
        if has_services
        else "",
        runner_url=escape(row.runner_url),
        runner_id=escape(row.runner_id),
        runner=escape(row.runner),
        signal=row.signal.key,
        # Markup of our own, made once for each signal.
        mark=mark(row.signal.key),
        word=escape(row.signal.word),
        length=f"{since(row.since, words)} so far" if row.since else row.length,
        why=escape(row.why) if row.why else "",
        acknowledged=format_html(_ACKNOWLEDGED, visible(seen), icon("check", 13)) if seen else "",
        cycle=_LINK.format(row.cycle_url, row.cycle) if row.cycle else "",
        run_id=escape(row.run_id),
        short_run_id=escape(row.short_run_id),
    )
