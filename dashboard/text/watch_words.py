"""What is said where nobody watches a fleet: one sentence, the same on every page and in charts."""

import re
from collections.abc import Iterable
from datetime import datetime

from dashboard.text.words import TimeWords

UNKNOWN_NOW = "what runs now is not known"
# An instant as collectors write it.
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC(?![+−-])")


def unwatched_words(since: datetime | None, words: TimeWords) -> str:
    """``Not watched since 16:31:12: what runs now is not known.``; None where nobody ever did."""
    if since is None:
        return f"Never watched: {UNKNOWN_NOW}."
    return f"Not watched since {words.seconds(since)}: {UNKNOWN_NOW}."


def between_words(earliest: datetime, latest: datetime, words: TimeWords) -> str:
    """``between 15:56:02.235 and 15:56:04.235``: what looking now and then knows of an instant."""
    return f"between {words.bare(earliest)} and {words.bare(latest)}"


def in_zone(sentences: Iterable[str], words: TimeWords) -> tuple[str, ...]:
    """What a collector has to say, with its instants in the zone of the page."""
    return tuple(_INSTANT.sub(lambda found: _retold(found[0], words), each) for each in sentences)


def _retold(told: str, words: TimeWords) -> str:
    try:
        return words.full(datetime.fromisoformat(told.replace(" UTC", "+00:00")))
    except (ValueError, OverflowError):
        # A name that looks like an instant, or one that other zones have no year for.
        return told
