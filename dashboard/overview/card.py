"""The card of a service: how it stands, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.rows.incidents import ServiceIncidentList, incident_list
from dashboard.text.clock_words import CLOCKS_SHOWN, warning_sentences
from dashboard.text.names import Address, short_names
from dashboard.text.policy_words import PolicyWords, policy_words
from dashboard.text.service_state import (
    STATE_WORDS,
    Holder,
    NextTurn,
    ServiceState,
    StateWords,
    next_turn,
    state_of,
)
from dashboard.text.signals import Signal, blocked_signal
from dashboard.text.watch_words import in_zone, unwatched_words
from dashboard.text.words import TimeWords
from dashboard.web.addresses import blocked_url
from scheduler.core.incidents import IncidentKind
from scheduler.overview import ServiceOverview

INCIDENTS_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCard:
    """One service. ``blocked`` is by reason, within the last hour, each with its list; so is what
    went wrong (``incidents``, the worst kind first ``worst``). ``clocks`` are sentences;
    ``unwatched`` says that what runs now is not known, where nobody watches."""

    slug: str
    name: str
    mode: str
    state: ServiceState
    words: StateWords
    holders: tuple[tuple[str, Holder], ...]
    owner: str
    owner_id: str
    next_turn: NextTurn | None
    next_name: str
    runner_count: int
    max_runners: int | None
    last_completed_at: datetime | None
    blocked: tuple[tuple[Signal, int, str], ...]
    blocked_count: int
    incidents: ServiceIncidentList
    worst: IncidentKind | None
    clocks: tuple[str, ...]
    watch_warnings: tuple[str, ...]
    policy: PolicyWords
    unwatched: str

    @property
    def rank(self) -> tuple[int, int, bool, bool, int, str]:
        """Sorts the worst first: what is wrong now, then what went wrong, then what may."""
        return (
            # All that are in no trouble are alike; what follows tells them apart.
            list(ServiceState).index(self.state) if self.words.is_trouble else len(ServiceState),
            list(IncidentKind).index(self.worst) if self.worst else len(IncidentKind),
            # False comes first: findings and warned clocks before none.
            not self.policy.findings,
            not self.clocks,
            # More blocks before fewer; by slug in the end, so that a refresh moves no card.
            -self.blocked_count,
            self.slug,
        )


def named_runners(overview: ServiceOverview) -> tuple[str, ...]:
    """Whom a card may name."""
    owner, following = overview.owner, next_turn(overview.plan, overview.at)
    return (
        *(each.runner_id for each in (owner, following) if each),
        *(run.runner_id for run in overview.running),
        *(each for one in overview.incidents for each in one.incident.runner_ids),
        *(each.runner.runner_id for each in overview.clocks[:CLOCKS_SHOWN]),
    )


def service_card(
    overview: ServiceOverview, addresses: Mapping[str, Address], words: TimeWords
) -> ServiceCard:
    """The card of a service, whose runners have these addresses."""
    now = words.now
    holders = tuple(
        Holder(
            runner_id=run.runner_id,
            run_id=run.run_id,
            since=run.started_at,
            is_silent=run.silent,
            overdue=run.overdue,
        )
        for run in overview.running
    )
    state = state_of(overview.plan, holders, now=now, is_watched=overview.is_watched)
    following = next_turn(overview.plan, now)
    owner = overview.plan.owner_at(now)
    incidents = overview.incidents
    # Of whom the card may name alone: a fleet may have a thousand.
    names = short_names(named_runners(overview), addresses)
    return ServiceCard(
        slug=overview.slug,
        name=overview.name,
        mode=overview.mode,
        state=state,
        words=STATE_WORDS[state],
        holders=tuple((names[holder.runner_id], holder) for holder in holders),
        owner=names[owner.runner_id] if owner else "",
        owner_id=owner.runner_id if owner else "",
        next_turn=following,
        next_name=names[following.runner_id] if following else "",
        runner_count=overview.runner_count,
        max_runners=overview.policy.max_runners,
        last_completed_at=overview.last_completed_at,
        blocked=tuple(
            (blocked_signal(reason), number, _blocked_url(overview.slug, reason))
            # Reasons come in their order and keep it where numbers are equal: nothing jumps.
            for reason, number in sorted(overview.blocked.items(), key=lambda item: -item[1])
        ),
        blocked_count=overview.blocked_count,
        incidents=incident_list(
            incidents,
            slug=overview.slug,
            names=names,
            executions=(),
            words=words,
            at_most=INCIDENTS_SHOWN,
        ),
        worst=min(
            (each.incident.kind for each in incidents), key=list(IncidentKind).index, default=None
        ),
        clocks=warning_sentences(overview.clocks, names),
        watch_warnings=in_zone(overview.watch_warnings, words),
        policy=policy_words(overview.policy, overview.runner_count),
        unwatched="" if overview.is_watched else unwatched_words(overview.watched_until, words),
    )


def _blocked_url(slug: str, reason: str) -> str:
    # The hour that the card counts (scheduler.overview.LATELY).
    return blocked_url(slug, reason=reason, from_="now-1h")
