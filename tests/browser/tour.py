"""Every page that there is, found by following links as a visitor does."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

# Not pages: what leads away, what is downloaded, and the parts that a page asks for by itself.
NO_PAGES = frozenset({"logout", "history_export", "blocked_export", "all_history_export"})
_LINK = re.compile(r'<a\b[^>]*?\shref="([^"]*)"')

Fetch = Callable[[str], str]


def pages(fetch: Fetch, *begin: str) -> list[str]:
    """The addresses of pages, one of each kind and service, beginning with those given.

    Args:
        fetch: the HTML of an address; empty where it is no page.
    """
    found: list[str] = []
    kinds: set[tuple[str, str]] = set()
    waiting = list(begin)
    while waiting:
        address = waiting.pop(0)
        if address in found or (address not in begin and not _is_new(address, kinds)):
            continue
        html = fetch(address)
        if html:
            found.append(address)
            waiting += [each for each in _links(html, address) if each not in waiting]
    return found


def kind_of(address: str) -> tuple[str, str] | None:
    """The name of what answers an address, and the service that it is about, if any."""
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return None
    return match.url_name or "", match.kwargs.get("slug", "")


def _is_new(address: str, kinds: set[tuple[str, str]]) -> bool:
    kind = kind_of(address)
    if kind is None or kind in kinds or kind[0] in NO_PAGES:
        return False
    kinds.add(kind)
    return True


def _links(html: str, address: str) -> Iterator[str]:
    for href in _LINK.findall(html):
        target = urlsplit(urljoin(address, unescape(href)))
        if not target.netloc and target.path:
            # Chosen by a query, it is the same kind of page.
            yield target.path
