"""What an empty list says where the time that it was asked for is none that is known."""

from collections.abc import Sequence

from dashboard.history.query import HistoryQuery
from dashboard.text.words import TimeWords
from scheduler.cycles.first_heard import first_heard_at
from scheduler.models import Service


def outside_known_time(
    services: Sequence[Service], name: str, query: HistoryQuery, words: TimeWords
) -> str:
    """Why nothing can be there; empty where there could be something."""
    asked = query.asked
    since, until = asked.began_since or asked.since, asked.began_until or asked.until
    if since is not None and since > words.now:
        return "That time is yet to come."
    firsts = [first_heard_at(service) for service in services] if until else []
    first = min((each for each in firsts if each is not None), default=None)
    if until is None or first is None or until > first:
        return ""
    heard = words.dated(first)
    return f"Nothing is known of that time: {name} was first heard of on {heard}."
