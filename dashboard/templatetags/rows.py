"""Rows that tell of attempts, decisions and windows: a page has many, so each is written at once.

A template that resolves every cell by itself takes ten times as long.
"""

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString, mark_safe

from dashboard.rows.decisions import DecisionRow
from dashboard.rows.judgement import VerdictRow
from dashboard.rows.log import LogRow
from dashboard.templatetags.slotwatch import exact, mark, runner, since, told, until
from dashboard.text.signals import Signal
from dashboard.text.words import TimeWords
from scheduler.words.characters import visible

register = template.Library()

# One `format` a row, of what is escaped before: `format_html` would escape our own parts as well.
# Instants, lengths and keys are our own; `told` and `exact` escape what comes from elsewhere.
_BADGE = '<span class="badge {}">{}{}</span>'
_LINKED_BADGE = '<a class="badge {}" href="{}" title="{} – open its page">{}{}</a>'
# The cells under the heads of cycle.html and of _decisions_head.html, in their order.
_LOG_ROW = (
    '<tr id="{key}"{run}><td class="times">{time}</td><td>{runner}</td><td>{what}</td>'
    '<td class="muted">{why}</td></tr>'
)
_DECISION_ROW = (
    '<tr id="runner-{position}"{owner}>'
    '<td class="number" data-label="Slot">{slot}</td>'
    '<th scope="row">{runner}</th>'
    '<td class="times" data-label="Window">{window}</td>'
    '<td class="times" data-label="Start until">{startable_until}</td>'
    '<td data-label="Told">{badge} <span class="muted">{why}</span></td>'
    '<td class="times" data-label="Next turn">{next_turn}</td></tr>'
)
_VERDICT_ROW = (
    '<tr><td class="times" data-label="Window">{window}</td><th scope="row">{runner}</th>'
    '<td>{badge} <span class="muted">{detail}{derived}</span></td></tr>'
)


@register.simple_tag
def attempt(row: LogRow, words: TimeWords, is_here: bool = False) -> SafeString:
    """What became of an attempt, as the way to its page, unless this is it; and its length."""
    if row.url and not is_here:
        title = exact(visible(row.run_id))
        key, word = row.signal.key, told(row.signal.word)
        badge = _LINKED_BADGE.format(key, exact(row.url), title, mark(key), word)
    else:
        badge = _badge(row.signal)
    what = f"{since(row.since, words)} so far" if row.since else told(row.what)
    return mark_safe(f"{badge} {what}")  # noqa: S308 - escaped above


@register.simple_tag
def log_rows(rows: Iterable[LogRow], slug: str, words: TimeWords) -> SafeString:
    """What happened in a cycle."""
    return _all(
        _LOG_ROW.format(
            key=row.key,
            run=f' data-run="{exact(row.run_id)}"' if row.run_id else "",
            time=row.time,
            runner=runner(slug, row.runner_id, row.name) if row.runner_id else "",
            what=attempt(row, words),
            why=told(row.why),
        )
        for row in rows
    )


@register.simple_tag
def decision_rows(rows: Iterable[DecisionRow], slug: str, words: TimeWords) -> SafeString:
    """What each runner would be told."""
    return _all(
        _DECISION_ROW.format(
            position=row.position,
            owner=' class="owner"' if row.is_owner else "",
            slot=row.slot,
            runner=runner(slug, row.runner_id, row.name),
            window=row.window,
            startable_until=row.startable_until,
            badge=_badge(row.signal),
            why=told(row.why),
            next_turn=_next_turn(row, words),
        )
        for row in rows
    )


@register.simple_tag
def verdict_rows(rows: Iterable[VerdictRow], slug: str) -> SafeString:
    """What became of each window; a dashed badge is derived from the rules, not recorded."""
    return _all(
        _VERDICT_ROW.format(
            window=row.window,
            runner=runner(slug, row.runner_id, row.name),
            badge=_badge(row.signal, " derived" if row.is_derived else ""),
            detail=told(row.detail),
            derived=" (derived)" if row.is_derived else "",
        )
        for row in rows
    )


def _badge(signal: Signal, css_class: str = "") -> str:
    return _BADGE.format(signal.key + css_class, mark(signal.key), told(signal.word))


def _next_turn(row: DecisionRow, words: TimeWords) -> str:
    if row.is_turn_now:
        return "now"
    return f"in {until(row.next_turn_at, words)}" if row.next_turn_at else "never"


def _all(rows: Iterable[str]) -> SafeString:
    return mark_safe("".join(rows))  # noqa: S308 - each is escaped where it is written
