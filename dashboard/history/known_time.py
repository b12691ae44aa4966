"""What an empty list says where the time that it was asked for is none that is known."""

from dashboard.history.lists import Asked
from scheduler.cycles.first_heard import first_heard_at


def outside_known_time(asked: Asked) -> str:
    """Why nothing can be there; empty where there could be something."""
    times = asked.query.asked
    since, until = times.began_since or times.since, times.began_until or times.until
    if since is not None and since > asked.now:
        return "That time is yet to come."
    # What reaches up to now is known, or nothing is.
    if until is None or until >= asked.now:
        return ""
    firsts = [first_heard_at(service) for service in asked.services]
    first = min((each for each in firsts if each is not None), default=None)
    if first is None or until > first:
        return ""
    heard = asked.words.dated(first)
    return f"Nothing is known of that time: {asked.name} was first heard of on {heard}."
