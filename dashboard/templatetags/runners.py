"""Rows of the runners' page: fifty on a page that refreshes every few seconds, so that each is
written at once."""

from collections.abc import Iterable

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from dashboard.runners.rows import RunnerRow
from dashboard.templatetags.slotwatch import exact, limit_words, mark, runner, since, until
from dashboard.text.clock_words import ClockWords
from dashboard.text.words import TimeWords
from scheduler.fleet.states import RunnerState

register = template.Library()

# The cells under the head of runners.html, in its order. One `format` a row, of what is escaped
# before: `format_html` would escape our own parts as well.
_ROW = (
    '<tr id="runner-{id}" class="is-{state}">'
    '<td><span class="badge {mark}">{badge}</span></td>'
    '<th scope="row">{runner}</th>'
    '<td><span class="age">{age}</span></td>'
    '<td class="number{seatless}" data-label="Slot">{slot}</td>'
    '<td class="times{seatless}" data-label="Next turn">{next_turn}</td>'
    '<td class="times{clockless}" data-label="Clock">{clock}</td>'
    '<td class="{idle}" data-label="Holds">{holds}</td>'
    '<td class="number{slotless}" data-label="Served">{share}</td>'
    '<td class="number" data-label="Runs">{runs}</td>'
    '<td class="number" data-label="Blocked">{blocks}</td>'
    '<td class="number" data-label="Blocked others">{lost}</td>'
    "</tr>"
)
# On a narrow screen, where cells are lines, those without anything are left out.
_NOTHING = " nothing"
_AGE_BAR = (
    '<svg class="age-bar{overdue}" viewBox="0 0 100 6" preserveAspectRatio="none"'
    ' aria-hidden="true"><rect class="age-scale" width="100" height="6"/>'
    '<rect class="age-fill" width="{age}" height="6"/>'
    '<rect class="age-limit" x="{silent}" width="1" height="6"/></svg>'
)
_CLOCK = (
    '<span class="clock{warning}" title="{title}">{mark}{offset}<span class="unseen">{why},</span>'
    '</span> <span class="clock-age">measured {since} ago</span>'
)
_UNKNOWN_AGE = (RunnerState.GONE, RunnerState.UNKNOWN)


@register.simple_tag
def runner_rows(
    rows: Iterable[RunnerRow], slug: str, words: TimeWords, silent_percent: int, unwatched: str
) -> SafeString:
    """How each runner stands; ``silent_percent`` of what makes it gone makes it silent. What
    it holds is not known where the page is ``unwatched``."""
    return mark_safe(  # noqa: S308 - escaped where it is written
        "".join(_row(each, slug, words, silent_percent, is_watched=not unwatched) for each in rows)
    )


def _row(
    row: RunnerRow, slug: str, words: TimeWords, silent_percent: int, *, is_watched: bool
) -> str:
    return _ROW.format(
        id=exact(row.runner_id),
        state=row.state,
        mark=row.words.mark,
        badge=mark(row.words.mark) + row.words.word,
        runner=runner(slug, row.runner_id, row.name),
        age=_age(row, words, silent_percent),
        seatless=_NOTHING if row.position is None else "",
        slot="" if row.slot is None else row.slot,
        next_turn=_next_turn(row, words),
        clockless="" if row.clock else _NOTHING,
        clock=_clock(row.clock, words) if row.clock else "",
        idle="" if row.held_since else _NOTHING.strip(),
        holds=_holds(row, words, is_watched=is_watched),
        slotless="" if row.slots and row.slots.share else _NOTHING,
        share=_share(row),
        runs=row.runs,
        blocks=_blocks(row),
        lost=row.lost,
    )


def _age(row: RunnerRow, words: TimeWords, silent_percent: int) -> str:
    if row.heartbeat_at is None:
        return "never"
    told = f"<span>{since(row.heartbeat_at, words)} ago</span>"
    if row.state in _UNKNOWN_AGE:
        return told
    overdue = " overdue" if row.state is RunnerState.SILENT else ""
    return told + _AGE_BAR.format(overdue=overdue, age=row.age_percent, silent=silent_percent)


def _next_turn(row: RunnerRow, words: TimeWords) -> str:
    if row.is_turn_now:
        return "<b>now</b>"
    if row.next_turn_at is not None:
        return f"in {until(row.next_turn_at, words)}"
    return "" if row.position is None else "never: no window"


def _clock(clock: ClockWords, words: TimeWords) -> str:
    why = escape(clock.why)
    return _CLOCK.format(
        warning=" clock-warning" if clock.is_warning else "",
        title=(f"{capfirst(why)}. " if why else "") + escape(clock.how),
        mark=f"{mark('warning')} " if clock.is_warning else "",
        offset=escape(clock.offset),
        why=f", {why}" if why else "",
        since=since(clock.measured_at, words),
    )


def _holds(row: RunnerRow, words: TimeWords, *, is_watched: bool) -> str:
    if row.held_since is None:
        return ""
    if not is_watched:
        return '<span class="muted">not known</span>'
    key = "abandoned" if row.overdue or row.state is RunnerState.GONE else "running"
    runs = f"{row.held_runs} runs, " if row.held_runs > 1 else ""
    limit = f", {limit_words(row.overdue.limit)}" if row.overdue else ""
    told = f"{runs}{since(row.held_since, words)}{limit}"
    return f'<span class="badge {key}">{mark(key)}{told}</span>'


def _share(row: RunnerRow) -> str:
    if not row.slots or not row.slots.share:
        return ""
    return f'<span title="{escape(row.slots.sentence)}">{row.slots.share}</span>'


def _blocks(row: RunnerRow) -> str:
    if not row.blocks_url:
        return "0"
    return f'<a href="{escape(row.blocks_url)}">{row.blocks}</a>'
