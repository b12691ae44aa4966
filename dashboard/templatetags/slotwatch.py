"""Marks, instants and counters: the small things that every page writes the same way.

A counter (`since`, `until`) is right as it comes and goes on counting where scripts run (tick.js).
"""

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from dashboard.glossary.terms import Term, term_of
from dashboard.runners.fleet_page import SortLink
from dashboard.text import words
from dashboard.text.words import TimeWords
from dashboard.web.addresses import cycle_address, runner_url
from dashboard.web.chrome import ServiceLink
from scheduler.core.judging.run_limits import RunLimit
from scheduler.db import clock
from scheduler.words.characters import unseen_as, visible
from scheduler.words.findings import finding_words
from scheduler.words.limits import LIMIT_WORDS

register = template.Library()

THEME_COOKIE = "slotwatch_theme"
# What could end the element, or begin something in it.
_NOT_IN_HTML = (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"))
THEMES = ("auto", "light", "dark")
_CURRENT = mark_safe(' aria-current="true"')


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The theme chosen in this browser; on the page of a broken server, the system's."""
    request: HttpRequest | None = context.get("request")
    # A cookie holds whatever a browser sends: only a known theme gets into the page.
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request is not None else ""
    return chosen if chosen in THEMES else "auto"


@register.simple_tag
# A running server knows its files from its start: each template asks for the same ones.
@lru_cache(maxsize=64)
def needs(*paths: str) -> SafeString:
    """What a page needs: stylesheets and modules, by their paths in ``static/dashboard/``, and what
    is not ours, by that in ``static/``: it begins with ``vendor/``."""
    return format_html_join("\n", "{}", ((_asset(each),) for each in paths))


def _asset(path: str) -> SafeString:
    if path.startswith("vendor/"):
        return format_html('<script src="{}" defer></script>', static(path))
    url = static(f"dashboard/{path}")
    if path.endswith(".css"):
        return format_html('<link rel="stylesheet" href="{}">', url)
    return format_html('<script type="module" src="{}"></script>', url)


# Its icon is drawn once, by `row_icons`, and sized by components.css.
_COPY_ID = (
    ' <button type="button" class="copy copy-id" data-copy="{}" title="Copy the id">'
    '<svg aria-hidden="true"><use href="#icon-copy"/></svg></button>'
)


@register.simple_tag
# A page of rows asks for a few marks over and over.
@lru_cache(maxsize=64)
def mark(key: str) -> SafeString:
    """The shape and colour of a signal; the word beside it is the caller's."""
    return format_html(
        '<svg class="mark {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        key,
        static("dashboard/text/marks.svg"),
        key,
    )


@register.simple_tag
@lru_cache(maxsize=64)
def icon(name: str, size: int = 15, css_class: str = "") -> SafeString:
    """An icon beside a word that says the same; each is made once, which takes a while."""
    more = {"class": css_class} if css_class else {}
    # The word beside it says the same: screen readers leave the icon out.
    drawn = lucide(name, size=size, aria_hidden="true", **more)
    return mark_safe(drawn)  # noqa: S308 - safe already; it only does not say so


@register.simple_tag
def icon_alone(name: str, word: str, size: int = 15) -> SafeString:
    """An icon without a word that is seen: screen readers are told this one."""
    return format_html("{} {}", icon(name, size), unseen(word))


@register.filter
def unseen(word: str) -> SafeString:
    """A word for screen readers."""
    return format_html('<span class="unseen">{}</span>', word)


@register.simple_tag
# The same ones stand in every table of a page, and on it again after a change.
@lru_cache(maxsize=4_096)
def runner(slug: str, runner_id: str, name: str) -> SafeString:
    """A runner's name, which leads to its page, and a small button that copies its whole id."""
    return format_html(
        '<a href="{}" class="runner-name" title="{}">{}</a>{}',
        runner_url(slug, runner_id),
        visible(runner_id),
        told(name),
        copy_id(runner_id),
    )


@register.simple_tag
def copy_id(runner_id: str) -> SafeString:
    """The button that copies an id, for beside its name."""
    # Copied is the id as it is stored.
    return format_html(_COPY_ID, exact(runner_id))


@register.simple_tag
@lru_cache(maxsize=1)
def row_icons() -> SafeString:
    """For the top of a page: the icon that its rows refer to, which is three times as long as what
    refers to it."""
    drawn = lucide("copy", size=13, id="icon-copy")
    return mark_safe(f"<svg hidden>{drawn}</svg>")  # noqa: S308 - safe already, as of `icon`


@register.simple_tag(takes_context=True)
def term(context: template.Context, key: str, word: str = "") -> SafeString:
    """A word that the glossary explains, with its hint; by itself where there is none.

    The hint is at the end of the page (`hints`), once for however many of the word.
    """
    found = term_of(key)
    if found is None:
        return format_html("{}", word or key)
    # By key: a word that a page uses fifty times has one hint.
    _terms_of(context)[found.key] = found
    return format_html(
        '<button type="button" class="hint-word" popovertarget="hint-{}"'
        ' aria-describedby="hint-{}">{}</button>',
        found.key,
        found.key,
        word or found.word,
    )


@register.simple_tag(takes_context=True)
def hints(context: template.Context) -> SafeString:
    """The meanings of the terms that the page has used so far."""
    return format_html_join(
        "\n",
        '<div class="hint" id="hint-{}" popover="auto"><p>{}</p>'
        '<a href="{}#{}">All terms<span class="unseen">: {}</span></a></div>',
        (
            (each.key, each.meaning, reverse("dashboard:glossary"), each.key, each.word)
            for each in _terms_of(context).values()
        ),
    )


def _terms_of(context: template.Context) -> dict[str, Term]:
    """Kept with the request: a block of a template has a context of its own."""
    request = context.get("request")
    found: dict[str, Term] = vars(request).setdefault("glossary_terms", {}) if request else {}
    return found


@register.simple_tag
def instant(at: datetime, page_words: TimeWords) -> SafeString:
    """``14:05:09``, with the zone in its hover and the exact instant for machines."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        cycle_address(at),
        page_words.full(at),
        page_words.seconds(at),
    )


@register.simple_tag
def full_instant(at: datetime, page_words: TimeWords) -> SafeString:
    """``14:05:09 UTC``: where no head of a table says the zone."""
    return _time(at, page_words.full_seconds(at))


@register.simple_tag
def exact_instant(at: datetime, page_words: TimeWords) -> SafeString:
    """``14:05:09.250 UTC``: with its milliseconds, where there are any."""
    return _time(at, page_words.full(at))


@register.simple_tag
def page_instant(at: datetime) -> SafeString:
    """`full_instant` in the zone of the page, where a page has no words of its own."""
    return full_instant(at, TimeWords(zone=timezone.get_current_timezone(), now=clock.now()))


@register.simple_tag
def dated_instant(at: datetime, page_words: TimeWords) -> SafeString:
    """``2026-03-14 14:05:09 UTC``: with its date, whatever the day."""
    return _time(at, page_words.dated(at))


@register.simple_tag
def time_range(start: datetime, end: datetime, page_words: TimeWords) -> SafeString:
    """``14:05:00 – 14:06:00 UTC``, to the last digit: typed in, it leads back to that cycle."""
    # Microseconds as well: a cycle may begin at any of them.
    at_start, at_end = page_words.ends(start, end, is_exact=True)
    return format_html("{} – {}", _time(start, at_start), _time(end, at_end))


def _time(at: datetime, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', cycle_address(at), text)


@register.simple_tag
def since(at: datetime, page_words: TimeWords) -> SafeString:
    """How long it is since ``at``: ``1 m 20 s``, counting up."""
    return _counter("since", at, page_words.now - at, page_words)


@register.simple_tag
def until(at: datetime, page_words: TimeWords) -> SafeString:
    """How long it is until ``at``: ``38 s``, counting down."""
    return _counter("until", at, at - page_words.now, page_words)


def _counter(kind: str, at: datetime, length: timedelta, page_words: TimeWords) -> SafeString:
    return format_html(
        '<time class="count" datetime="{}" title="{}" data-{}="{}">{}</time>',
        cycle_address(at),
        page_words.full(at),
        kind,
        # tick.js goes on from this, in the browser's own unit.
        round(at.timestamp() * 1000),
        # Whole seconds, as tick.js writes them; and none below zero, though clocks may differ.
        words.duration(max(length.total_seconds(), 0.0) // 1),
    )


@register.filter(name="visible")
def shown(text: object) -> str:
    """A stranger's text in an attribute: what can't be seen of it is written out."""
    return visible(str(text))


@register.filter
def told(text: object) -> SafeString:
    """A stranger's text on a page: as `visible`, and of no influence on what stands beside it."""
    said = visible(str(text))
    return mark_safe(f"<bdi>{escape(said)}</bdi>" if said else "")  # noqa: S308 - escaped


@register.filter
def exact(text: object) -> SafeString:
    """A stranger's text in an attribute that is sent back, copied or looked up: all of it, with
    what can't be seen as references, so that the source of a page reads as it is written."""
    said = unseen_as(escape(str(text)), "&#x{:x};".format)
    return mark_safe(said)  # noqa: S308 - escaped


@register.filter
def counted(number: int, singular: str) -> str:
    """``1,000 runners``."""
    return words.count(number, singular)


register.filter("finding_words", finding_words)


@register.simple_tag
def heads(first: str, *others: str, zone: str = "") -> SafeString:
    """The head of a table, whose first column is of times in the ``zone``, if that is told."""
    told = format_html(' <span class="muted">({})</span>', zone) if zone else ""
    columns = format_html_join(
        "", '<th scope="col">{}{}</th>', [(first, told), *((each, "") for each in others)]
    )
    return format_html("<thead><tr>{}</tr></thead>", columns)


@register.simple_tag
def sort_link(link: SortLink) -> SafeString:
    """Beside the head of a column: sorts the table by it."""
    return format_html(
        ' <a class="sort" href="{}"{} title="Sort by {}" aria-label="Sort by {}">{}</a>',
        link.url,
        _CURRENT if link.is_current else "",
        link.word,
        link.word,
        icon("arrow-down-narrow-wide", 13),
    )


@register.simple_tag
# Every page of a service has it, and which services there are seldom changes.
@lru_cache(maxsize=64)
def service_links(services: tuple[ServiceLink, ...]) -> SafeString:
    """The services to switch to."""
    links = format_html_join(
        "\n",
        '<li><a href="{}"{}>{}</a></li>',
        ((each.href, _CURRENT if each.is_current else "", told(each.name)) for each in services),
    )
    return format_html("<ul>{}</ul>", links)


@register.filter
def limit_words(limit: RunLimit) -> str:
    """``past its slot``."""
    return LIMIT_WORDS[limit]


@register.filter
def thousands(number: int) -> str:
    """``1,000``."""
    return f"{number:,}"


@register.filter
def in_full(at: datetime, page_words: TimeWords) -> str:
    """``14:05:09 UTC``."""
    return page_words.full(at)


def _in_json(code_point: int) -> str:
    return json.dumps(chr(code_point)).strip('"')


@register.simple_tag
def json_data(value: Any, element_id: str) -> SafeString:
    """Data for scripts, in an element that is no script itself.

    As Django's ``json_script``, which takes far longer for the figure of a large fleet.
    """
    # 530 kB of a figure take 0.9 ms, and 5.3 with the standard library.
    text = orjson.dumps(value).decode()
    for character, escaped in _NOT_IN_HTML:
        text = text.replace(character, escaped)
    # Scripts read these back as they were: only the source of the page shows them written out.
    text = unseen_as(text, _in_json)
    return format_html(
        '<script id="{}" type="application/json">{}</script>',
        element_id,
        mark_safe(text),  # noqa: S308 - escaped above
    )
