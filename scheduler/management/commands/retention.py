"""`manage.py retention <slug>`: shows or sets what a service keeps."""

from dataclasses import replace
from typing import Any

from django.core.management.base import CommandError, CommandParser

from scheduler.management.explained import ExplainedCommand
from scheduler.management.retention_words import retention_lines
from scheduler.retention.limits import Retention, change_retention
from scheduler.services import get_service

ALL = "all"
_FIELDS = ("days", "executions", "summary_days")


class Command(ExplainedCommand):
    """Reads the configured database, and writes only what an option says."""

    help = (
        "Show what a service keeps of its history, or set it. What is too old is removed by "
        "manage.py prune and by the worker."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the service")
        parser.add_argument("--days", metavar="N|all", help="keep executions for so many days")
        parser.add_argument(
            "--executions", metavar="N|all", help="keep at most so many, the newest"
        )
        parser.add_argument(
            "--summary-days",
            metavar="N|all",
            help="keep summaries of cycles for so many days, as long as executions at least",
        )

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        said = {name: options[name] for name in _FIELDS if options[name] is not None}
        service = get_service(slug)
        wanted = replace(Retention.of(service), **_numbers(said))
        if said and not change_retention(service, wanted):
            self.say("Nothing to change.")
        # Read again: what is said is what is stored.
        for line in retention_lines(get_service(slug)):
            self.say(line)


def _numbers(said: dict[str, str]) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    for name, text in said.items():
        kind = int if name == "executions" else float
        try:
            numbers[name] = None if text == ALL else kind(text)
        except ValueError as wrong:
            option = f"--{name.replace('_', '-')}"
            example = "1000000" if kind is int else "90"
            raise CommandError(
                f"{option} {text} is not a number: write {option} {example}, or {option} {ALL}."
            ) from wrong
    return numbers
