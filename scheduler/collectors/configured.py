"""Collectors that run in the worker: what SLOTWATCH_COLLECTORS says.

Importing this module needs no database and no fleet's package: the settings do.
"""

import re
from dataclasses import dataclass

from scheduler.errors import Invalid

EXAMPLE = "pynenc:shop=shop.tasks.app"
INSTEAD = (
    f"Write KIND:SLUG=APP, with commas between several, such as {EXAMPLE}: the kind is pynenc, the "
    "slug is that of the observed service, the app is where its runners import it from."
)
KINDS = ("pynenc",)
# No part may hold what the parts are told apart by.
_ITEM = re.compile(r"(?P<kind>[^:=]*):(?P<slug>[^:=]*)=(?P<app>[^:=]*)")
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,80}")


class InvalidCollectors(Invalid):
    """The text configures no collectors; the message goes on where the variable's name ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredCollector:
    """One fleet to watch, and the observed service that it is recorded under."""

    kind: str
    slug: str
    app: str


def parse_collectors(items: list[str]) -> tuple[ConfiguredCollector, ...]:
    """Raises InvalidCollectors, with the first thing that is wrong."""
    collectors = tuple(map(_parse, items))
    slugs = [each.slug for each in collectors]
    for slug in slugs:
        # A service is of one app: the second one would be refused at each look.
        if slugs.count(slug) > 1:
            raise InvalidCollectors(f"has two collectors for the service {slug!r}")
    return collectors


def _parse(item: str) -> ConfiguredCollector:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise InvalidCollectors(f"has {item!r}, which is not KIND:SLUG=APP")
    kind, slug, app = (match[name].strip() for name in ("kind", "slug", "app"))
    if kind not in KINDS:
        raise InvalidCollectors(f"has {item!r}, and no collector is of the kind {kind!r}")
    if not _SLUG.fullmatch(slug):
        raise InvalidCollectors(f"has {item!r}, and {slug!r} is not a slug")
    parts = app.split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        raise InvalidCollectors(f"has {item!r}, and {app!r} is not a MODULE.ATTRIBUTE")
    return ConfiguredCollector(kind=kind, slug=slug, app=app)
