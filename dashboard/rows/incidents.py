"""What went wrong, in a cycle or lately, in words and with the way to each of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.text.names import short_run
from dashboard.text.watch_words import unwatched_words
from dashboard.text.words import TimeWords, count, duration
from dashboard.web.addresses import cycle_url, execution_url, runner_url
from scheduler.core.incidents.kinds import Incident, IncidentKind
from scheduler.core.timeline import CycleTimeline
from scheduler.incidents.merging import ServiceIncident
from scheduler.words.incidents import incident_sentence, incident_word

# Of a day or week, and of one cycle: 1,800 runs outside of their slots were 1,800 lines once.
# What is left out is counted (`total`).
ROWS_SHOWN = 12
CYCLE_ROWS_SHOWN = 20
NAMES_SHOWN = 3
# One incident for all slots of a cycle: its count is of slots, and worth telling.
_SLOTS = frozenset({IncidentKind.UNSERVED_SLOTS, IncidentKind.SLOT_LOST_TO_MARGIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLink:
    """Something that an incident is about, and its page."""

    text: str
    url: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """One line: ``since`` is set while it goes on, and the page counts it on. ``more`` counts the
    runners that are not among ``runners``; ``runs`` lead to the pages of the runs; ``cost`` says
    how many starts were blocked meanwhile."""

    word: str
    when: str
    since: datetime | None
    lasted: str
    sentence: str
    runners: tuple[IncidentLink, ...]
    more: int
    runs: tuple[IncidentLink, ...]
    cost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleIncidentList:
    """The first rows of ``total``."""

    rows: tuple[IncidentRow, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceIncidentRow:
    """One thing over several cycles: its ``line``, how much there was of it (``extent``), and the
    cycle in which it began."""

    line: IncidentRow
    extent: str
    cycle_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceIncidentList:
    """The first rows of ``total``."""

    rows: tuple[ServiceIncidentRow, ...]
    total: int


def incident_list(
    incidents: Sequence[ServiceIncident],
    *,
    slug: str,
    names: Mapping[str, str],
    executions: Collection[str],
    words: TimeWords,
    at_most: int = ROWS_SHOWN,
) -> ServiceIncidentList:
    """The incidents as lines, so many at the most.

    Args:
        names: what each runner is called.
        executions: the ids of the runs that are kept; another one gets no link.
    """
    return ServiceIncidentList(
        rows=tuple(_row(each, slug, names, executions, words) for each in incidents[:at_most]),
        total=len(incidents),
    )


def cycle_incidents(
    timeline: CycleTimeline,
    incidents: Sequence[ServiceIncident],
    *,
    slug: str,
    names: Mapping[str, str],
    words: TimeWords,
) -> CycleIncidentList:
    """What went wrong in one cycle, as lines of its own page: the worst kinds first."""
    # Runs of the cycle have a page; of one that is pruned, a link would lead to a 404.
    executions = {each.run_id for each in timeline.executions}
    return CycleIncidentList(
        rows=tuple(
            _line(each, slug, names, executions, words) for each in incidents[:CYCLE_ROWS_SHOWN]
        ),
        total=len(incidents),
    )


def kept_incidents(
    incidents: Sequence[ServiceIncident], *, slug: str, names: Mapping[str, str], words: TimeWords
) -> CycleIncidentList:
    """What went wrong in a cycle of which only the summary is kept: its runs are gone, and what
    went on when it was summed up is not known to go on."""
    # No run has a page any more: none gets a link.
    rows = (_line(each, slug, names, (), words) for each in incidents[:CYCLE_ROWS_SHOWN])
    return CycleIncidentList(
        rows=tuple(
            row
            if row.since is None
            else replace(row, since=None, lasted=f"{duration(each.incident.seconds)} or longer")
            # There may be more incidents than rows.
            for each, row in zip(incidents, rows, strict=False)
        ),
        total=len(incidents),
    )


def _row(
    each: ServiceIncident,
    slug: str,
    names: Mapping[str, str],
    executions: Collection[str],
    words: TimeWords,
) -> ServiceIncidentRow:
    return ServiceIncidentRow(
        # Among the cycles of a day, milliseconds are noise.
        line=replace(
            _line(each, slug, names, executions, words),
            when=_when(each.incident, words.seconds(each.incident.start)),
            lasted=_lasted(each.incident, round(each.incident.seconds)),
        ),
        extent=_extent(each),
        cycle_url=cycle_url(slug, each.first_cycle),
    )


def _line(
    each: ServiceIncident,
    slug: str,
    names: Mapping[str, str],
    executions: Collection[str],
    words: TimeWords,
) -> IncidentRow:
    incident = each.incident
    blocked = incident.blocked_attempts
    return IncidentRow(
        word=incident_word(incident.kind),
        when=_when(incident, words.bare(incident.start)),
        # Where it began before anybody looked, the page has no instant to count on from.
        since=incident.start if incident.goes_on and not incident.began_earlier else None,
        lasted=_lasted(incident, incident.seconds),
        sentence=_sentence(each, words),
        cost=f"{count(blocked, 'start')} blocked" if blocked else "",
        runners=tuple(
            IncidentLink(
                text=names.get(runner_id, runner_id),
                url=runner_url(slug, runner_id),
                title=runner_id,
            )
            for runner_id in incident.runner_ids[:NAMES_SHOWN]
        ),
        # Summaries keep only the first runners of an incident of many, and count the others.
        more=max(0, len(incident.runner_ids) + incident.unnamed - NAMES_SHOWN),
        runs=tuple(
            IncidentLink(
                text=f"run {short_run(run_id)}",
                url=execution_url(slug, run_id),
                title=run_id,
            )
            for run_id in incident.run_ids[:NAMES_SHOWN]
            if run_id in executions
        ),
    )


def _when(incident: Incident, start: str) -> str:
    return f"before {start}" if incident.began_earlier else start


def _lasted(incident: Incident, seconds: float) -> str:
    """How long it was; nothing where that is still counted on."""
    # Looking back ended before the incident's beginning was found, and none is made up.
    if incident.began_earlier:
        return f"longer than {duration(seconds)}"
    if incident.goes_on:
        return ""
    # Known up to an instant only: nobody watched after it.
    return duration(seconds) + (" or longer" if incident.end is None else "")


def _sentence(each: ServiceIncident, words: TimeWords) -> str:
    # What is known only up to an instant says why: since when nobody watches.
    sentence, known_until = incident_sentence(each.incident, each.cycles), each.incident.known_until
    return sentence if known_until is None else f"{sentence} {unwatched_words(known_until, words)}"


def _extent(each: ServiceIncident) -> str:
    """How much there was of it, where it is more than one thing in one cycle."""
    number = each.incident.count
    slots = count(number, "slot") if each.incident.kind in _SLOTS else ""
    cycles = count(each.cycles, "cycle") if each.cycles > 1 else ""
    return " in ".join(filter(None, (slots, cycles)))
