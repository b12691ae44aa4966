"""Time zones by their names, whoever wrote them."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# Files beside the zones that are none: a browser knows nothing by these names.
_OF_THE_SYSTEM = {"Factory", "localtime"}


def zone_named(name: str) -> ZoneInfo | None:
    """The IANA zone of this name; None where there is none.

    A name is looked up among those that exist before anything opens a file by it.
    """
    return ZoneInfo(name) if name in _names() else None


@cache
def _names() -> frozenset[str]:
    """Read once: it takes a look into each of 600 files."""
    return frozenset(available_timezones()) - _OF_THE_SYSTEM
