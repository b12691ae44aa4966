"""The blocked audit in a sentence."""

from dataclasses import dataclass

from dashboard.blocked.query import LASTS
from dashboard.history.default_range import ALL_TIME, TIMES
from dashboard.history.filters import FILTERS, FROM, TO
from dashboard.history.query import HistoryQuery
from dashboard.text.signals import blocked_reason
from dashboard.text.words import TimeWords, count
from scheduler.blocks.audit import BlockedAudit


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedSentence:
    """``what`` was blocked, ``why`` most of it, ``seen`` by whom; each a sentence, or empty."""

    what: str
    why: str
    seen: str


def blocked_sentence(
    audit: BlockedAudit, query: HistoryQuery, words: TimeWords, *, is_watched: bool
) -> BlockedSentence:
    """The answer, before everything else. Where nobody watched all of that time, that nothing was
    blocked is not known."""
    when = range_words(query, words)
    if not audit.blocks:
        # A time is told in the sentence, and narrows nothing else.
        narrowing = {name for name, _ in query.given} & {each.name for each in FILTERS} - set(TIMES)
        which = " that this filter asks for" if narrowing else ""
        verb = "was blocked" if is_watched else "is known to have been blocked"
        return BlockedSentence(what=f"Nothing{which} {verb} {when}.", why="", seen="")
    return BlockedSentence(
        what=f"{capped(audit.all_blocks, 'block', not audit.is_whole)} {when}{_made_of(audit)}.",
        why=_main_reason(audit),
        seen=_unacknowledged(audit, query),
    )


def _made_of(audit: BlockedAudit) -> str:
    more = "" if audit.is_whole else "+"
    parts = []
    if attempts := audit.all_attempts:
        parts.append(f"{attempts:,}{more} refused {plural('attempt', attempts)}")
    if audit.derived:
        parts.append(f"{audit.derived:,}{more} derived")
    return f" ({', '.join(parts)})" if parts else ""


def _main_reason(audit: BlockedAudit) -> str:
    # By name where they are as frequent.
    reason, number = min(audit.reasons.items(), key=lambda each: (-each[1], each[0]))
    word = blocked_reason(reason)
    if audit.blocks == 1:
        return f"The reason: {word}."
    if audit.older is not None:
        return f"{number:,} of the newest {audit.blocks:,} for one reason: {word}."
    if number == audit.blocks:
        return f"All of them for one reason: {word}."
    return f"{number:,} of them for one reason: {word}."


def _unacknowledged(audit: BlockedAudit, query: HistoryQuery) -> str:
    # The filter has said it already.
    if query.asked.acknowledged is not None:
        return ""
    # Nobody has looked whether the older ones are.
    if not audit.unacknowledged and audit.since is not None:
        return "The newest of them are acknowledged."
    if not audit.unacknowledged:
        return "All of them are acknowledged." if audit.blocks > 1 else "It is acknowledged."
    if audit.unacknowledged == audit.blocks and audit.since is None:
        return "None is acknowledged." if audit.blocks > 1 else "It is not acknowledged."
    verb = "is" if audit.unacknowledged == 1 else "are"
    number = at_least(audit.unacknowledged, audit.since is not None)
    return f"{number} {verb} not acknowledged."


def capped(number: int, singular: str, is_capped: bool) -> str:
    """``12 blocks``, ``10,000+ blocks``."""
    return f"{number:,}+ {singular}s" if is_capped else count(number, singular)


def at_least(number: int, is_capped: bool) -> str:
    """``12``; ``9,412+`` where there may be more."""
    return f"{number:,}{'+' if is_capped else ''}"


def plural(singular: str, number: int) -> str:
    return singular if number == 1 else f"{singular}s"


def range_words(query: HistoryQuery, words: TimeWords) -> str:
    """``in the last 24 h``, ``from … to …``, ``in the cycle from …``."""
    asked = query.asked
    parts = []
    if asked.began_since is not None:
        parts.append(f"in the cycle that began at {words.full(asked.began_since)}")
    since, until = query.value(FROM), query.value(TO)
    # As the button calls it. One that ends in the past is told by its instants.
    if since in LASTS and not until:
        parts.append(f"in the last {LASTS[since]}")
    elif asked.since is not None and asked.until is not None:
        parts.append("from {} to {}".format(*words.ends(asked.since, asked.until)))
    elif asked.since is not None:
        parts.append(f"since {words.full(asked.since)}")
    elif asked.until is not None:
        # All of time is up to the instant of the page, which would say nothing.
        parts.append("so far" if until == ALL_TIME else f"until {words.full(asked.until)}")
    return ", ".join(parts)
