"""Commands that end with a sentence where something is refused or away, never a traceback."""

from typing import Any

import django.db
from django.core.management.base import BaseCommand, CommandError

from scheduler.core.findings import InvalidPolicy
from scheduler.db.outages import one_line
from scheduler.errors import SlotwatchError
from scheduler.words.characters import visible
from scheduler.words.findings import invalid_words


class ExplainedCommand(BaseCommand):
    """What the rooms refuse, told by their own words."""

    # Before any of them works. All other checks load every page, which takes as long as the rest
    # of a start, and are those of `manage.py check`.
    requires_system_checks = ("settings",)
    # What holds after the database went away.
    after_an_outage = "Run it again when it answers."

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except SlotwatchError as wrong:
            raise CommandError(str(wrong)) from wrong
        except InvalidPolicy as wrong:
            raise CommandError(invalid_words(wrong)) from wrong
        except django.db.Error as error:
            raise CommandError(
                f"Slotwatch's database: {one_line(error)}. {self.after_an_outage}"
            ) from error

    def say(self, line: str) -> None:
        """A line for people: whatever is in it shows, and at once."""
        self.stdout.write(visible(line))
        # Into a pipe or a log file it would otherwise come out hours later.
        self.stdout.flush()
