"""`manage.py change_policy SLUG --from INSTANT`: says which rules a fleet went by, also before."""

import getpass
import sys
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from scheduler import door
from scheduler.core.policy import SchedulingPolicy
from scheduler.db import clock
from scheduler.management.explained import ExplainedCommand
from scheduler.models import CycleSummary, Policy, Service
from scheduler.policies import policy_at
from scheduler.services import change_policy, get_service
from scheduler.words.findings import finding_words
from scheduler.words.instants import utc
from scheduler.words.policy_differences import differences

NOW = "now"
_EXAMPLE = "2026-01-31T14:05:09Z"


# The fields of a policy: what each is called for short, and what it is.
_OPTIONS = {
    "service_interval_minutes": ("--interval-minutes", "the length of a cycle"),
    "spread_margin_minutes": ("--margin-minutes", "what is left free between two windows"),
    "check_interval_seconds": (
        "--check-seconds",
        "how often a runner checks whether it is its turn",
    ),
    "membership_stabilization_seconds": (
        "--grace-seconds",
        "how long a new runner waits, and blocks the others in its turn",
    ),
    "max_start_slot_fraction": (
        "--start-fraction",
        "in which part of a window a start is not late, such as 0.5",
    ),
    "dead_after_seconds": (
        "--dead-after-seconds",
        "how long a runner counts as alive after a heartbeat",
    ),
}


class Command(ExplainedCommand):
    """Writes one revision of a policy."""

    help = (
        "Put other rules in force in a service from an instant on, which may be past where its "
        "fleet went by them: cycles since then are drawn and summed up anew. Says first what "
        "changes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the service")
        parser.add_argument(
            "--from",
            dest="since",
            metavar="INSTANT",
            required=True,
            help=f"since when, with its zone, such as {_EXAMPLE}; or {NOW}",
        )
        for field, (short, what) in _OPTIONS.items():
            # The short name of a field may be its own, which argparse takes once only.
            flags = dict.fromkeys((short, f"--{field.replace('_', '-')}"))
            parser.add_argument(*flags, dest=field, type=float, metavar="NUMBER", help=what)
        parser.add_argument("--by", metavar="NAME", help="who says so (default: the system's user)")
        parser.add_argument("--note", metavar="TEXT", default="", help="why, in a few words")
        parser.add_argument("--dry-run", action="store_true", help="say it, and change nothing")
        parser.add_argument(
            "--yes", "--no-input", action="store_true", help="do not ask whether it is right"
        )

    def handle(
        self, *args: Any, slug: str, since: str, by: str | None, note: str, **options: Any
    ) -> None:
        said = {field: options[field] for field in _OPTIONS if options[field] is not None}
        service = get_service(slug)
        now = clock.now()
        instant = now if since == NOW else _instant(since)
        _check_past(service, instant, now)
        before = policy_at(service, instant)
        after = replace(before, **_given(said))
        if not self._tells(service, instant, before, after):
            return
        if options["dry_run"] or not self._may_go_on(is_sure=options["yes"]):
            self.say("Nothing was changed.")
            return
        change_policy(service, after, changed_by=by or _user(), note=note, effective_from=instant)
        self.say("Changed. The worker sums up anew what it changes.")

    def _tells(
        self, service: Service, since: datetime, before: SchedulingPolicy, after: SchedulingPolicy
    ) -> bool:
        """Say what will change; False where nothing does."""
        changes = differences(before, after)
        # What differs by less than can be shown, nobody can confirm.
        if before == after or not changes:
            self.say(f"Nothing to change: that is the policy of {service.slug} at {utc(since)}.")
            return False
        self.say(f"{service.slug}, from {utc(since)} on:")
        for term, was, now in changes:
            self.say(f"  {term} {now} instead of {was}")
        later = Policy.objects.filter(service=service, effective_from__gt=since)
        following = later.order_by("effective_from").first()
        if following is not None:
            who = f", set by {following.changed_by}" if following.changed_by else ""
            why = f" ({following.note})" if following.note else ""
            self.say(
                f"Until {utc(following.effective_from)}, when another revision begins{who}{why}."
            )
        cycles = CycleSummary.objects.filter(service=service, cycle_end__gt=since).count()
        if cycles:
            self.say(f"Cycles that are summed up anew: {cycles:,}.")
        # For no runners: what is wrong whatever the size of the fleet.
        for finding in after.findings(0):
            self.say(f"Warning: {finding_words(finding)}")
        return True

    def _may_go_on(self, *, is_sure: bool) -> bool:
        """Who is at a terminal is asked; a script has said what it wants."""
        if is_sure or not sys.stdin.isatty():
            return True
        return input("Change it? [y/N] ").strip().lower() in ("y", "yes")


def _given(said: dict[str, float]) -> dict[str, float]:
    if not said:
        flags = ", ".join(short for short, _ in _OPTIONS.values())
        raise CommandError(f"Nothing was changed: say what, with one or more of {flags}.")
    return said


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"--from {text!r} is not an instant: write one with its zone, such as {_EXAMPLE}, "
            f"or {NOW}."
        ) from None
    if instant.tzinfo is None:
        raise CommandError(
            f"--from {text} has no zone: write {text}Z for UTC, or an offset such as {text}+02:00."
        )
    with door.refusing(CommandError, "Nothing was changed: "):
        return door.planned("--from", instant)


def _check_past(service: Service, instant: datetime, now: datetime) -> None:
    if service.is_coordinated and instant < now:
        raise CommandError(
            f"Nothing was changed: {service.slug} is coordinated, and what was started until now "
            f"was decided by the policy that was in force. Say --from {NOW}, or a later instant."
        )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a process whose user has no name
        return "manage.py change_policy"
