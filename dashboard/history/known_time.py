"""What a list says where the time that it was asked for is not known, or not all of it."""

from dashboard.history.lists import Asked
from dashboard.text.watch_words import UNKNOWN_NOW, unwatched_words
from scheduler.cycles.first_heard import first_heard_at
from scheduler.cycles.watching import unwatched_now, watch_of


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


def unwatched_time(asked: Asked) -> str:
    """Since when nobody watched, where the list reaches into that time; empty elsewhere. A list of
    several services says of how many that is so: each has its own since when on its own pages."""
    times = asked.query.asked
    until = times.began_until or times.until or asked.now
    if asked.visit.slug:
        watch = watch_of(asked.services[0], asked.now)
        is_known = watch.is_on or (watch.until is not None and until <= watch.until)
        return "" if is_known else unwatched_words(watch.until, asked.words)
    unwatched = len(unwatched_now(asked.services, asked.now)) if until >= asked.now else 0
    if not unwatched:
        return ""
    verb = "is" if unwatched == 1 else "are"
    return f"{unwatched:,} of {len(asked.services):,} services {verb} not watched: {UNKNOWN_NOW}."
