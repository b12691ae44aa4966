"""What is said where nobody watches a fleet: one sentence, the same on every page and in charts."""

from datetime import datetime

from dashboard.words import TimeWords

UNKNOWN_NOW = "what runs now is not known"


def unwatched_words(since: datetime | None, words: TimeWords) -> str:
    """``Not watched since 16:31:12: what runs now is not known.``; None where nobody ever did."""
    if since is None:
        return f"Never watched: {UNKNOWN_NOW}."
    return f"Not watched since {words.seconds(since)}: {UNKNOWN_NOW}."


def between_words(earliest: datetime, latest: datetime, words: TimeWords) -> str:
    """``between 15:56:02.235 and 15:56:04.235``: what looking now and then knows of an instant."""
    return f"between {words.bare(earliest)} and {words.bare(latest)}"
