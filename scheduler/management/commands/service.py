"""`manage.py service`: archives, renames and deletes services."""

import sys
from collections.abc import Callable
from time import monotonic, perf_counter
from typing import Any

from django.core.management.base import CommandError, CommandParser

from scheduler.management.explained import ExplainedCommand
from scheduler.management.stopping import stop_signals
from scheduler.models import Service
from scheduler.pruning.removal import Remover, contents, in_removal, mark_deleted
from scheduler.retention.archive import archive, protect, unarchive
from scheduler.services import get_service, rename_service

BY = "manage.py"
# As in `prune`: between two batches, others have the database.
PAUSE_SECONDS = 0.002
PROGRESS_SECONDS = 5.0


class Command(ExplainedCommand):
    """Works on the configured database, and says each time what it has done."""

    after_an_outage = "Run it again: it goes on from here."

    help = "Archive a service (kept, but out of sight), rename it, or delete it with all it has."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for action, help_text in (
            ("archive", "put it out of sight; nothing of it is lost, and nothing more is taken"),
            ("unarchive", "take it out of the archive"),
            ("rename", "give it another name; its slug stays"),
            ("delete", "delete it, and everything that was recorded of it"),
        ):
            sub = actions.add_parser(action, help=help_text, description=help_text)
            sub.add_argument("slug", help="the service")
            if action == "rename":
                sub.add_argument("name", help="what it is called from now on")
            sub.add_argument("--yes", action="store_true", help="ask nothing")

    def handle(self, *args: Any, action: str, slug: str, **options: Any) -> None:
        actions: dict[str, Callable[..., None]] = {
            "archive": self._archive,
            "unarchive": self._unarchive,
            "rename": self._rename,
            "delete": self._delete,
        }
        try:
            actions[action](slug, **options)
        except Service.DoesNotExist as gone:
            raise CommandError(f"Service {slug!r} was deleted meanwhile.") from gone

    def _archive(self, slug: str, **_: Any) -> None:
        if archive(get_service(slug), by=BY):
            self.say(
                f"{slug} is archived: kept, out of sight, and claims and reports are refused. "
                f"manage.py service unarchive {slug} takes it out again."
            )
        else:
            self.say(f"{slug} is archived already.")

    def _unarchive(self, slug: str, **_: Any) -> None:
        done = unarchive(get_service(slug))
        self.say(f"{slug} is out of the archive." if done else f"{slug} is not archived.")

    def _rename(self, slug: str, *, name: str, **_: Any) -> None:
        self.say(f"{slug} is called “{rename_service(get_service(slug), name)}” from now on.")

    def _delete(self, slug: str, *, yes: bool, **_: Any) -> None:
        left = in_removal(slug)
        if left:
            # Whoever began it was asked, and stopped before the end.
            self.say(f"{slug} was deleted; what is left of it is removed.")
        else:
            service = get_service(slug)
            protect(service, "deleted")
            self.say(f"{service.name} ({slug}) is deleted for good, and with it:")
            for content in contents(service):
                self.say(f"  {content.number:,} {content.words}")
            if not yes:
                self._confirm(slug)
            mark_deleted(service, by=BY)
            self.say("It is out of sight from now on.")
            left = [service]
        with stop_signals() as wait:
            for each in left:
                self._remove(each, wait)

    def _confirm(self, slug: str) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was deleted: add --yes where nobody can be asked.")
        if input(f"Type {slug} to delete it: ").strip() != slug:
            raise CommandError("Nothing was deleted: that is not its slug.")

    def _remove(self, service: Service, wait: Callable[[float], bool]) -> None:
        """Batch by batch; others have the database for as long as each took."""
        remover, removed, told_at = Remover(service), 0, monotonic()
        while True:
            begun = perf_counter()
            batch = remover.remove()
            removed += batch.rows
            if batch.is_done:
                self.say(f"Removed: {removed:,} rows.")
                return
            if wait(max(PAUSE_SECONDS, perf_counter() - begun)):
                self.say(
                    f"Stopped after {removed:,} rows; it stays deleted. manage.py worker removes "
                    "the rest, and so does the same command."
                )
                return
            if monotonic() - told_at >= PROGRESS_SECONDS:
                told_at = monotonic()
                self.say(f"  so far: {removed:,} rows")
