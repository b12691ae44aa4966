"""What was found while a runner's name is typed into the filter of a page."""

from dataclasses import dataclass

from dashboard.history.filters import RUNNER
from dashboard.history.lists import Asked
from dashboard.text.names import short_names
from scheduler.fleet.known_runners import find_runners

RUNNERS_FOUND = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerOption:
    """A runner, and the address of the page with it."""

    runner_id: str
    name: str
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerOptions:
    """The first that are called like ``typed``."""

    typed: str
    options: tuple[RunnerOption, ...]
    is_more: bool


def runner_options(asked: Asked, typed: str) -> RunnerOptions:
    """Those whose id or host holds what was typed."""
    wanted = typed.strip()
    # One more than is shown tells that there are more; an empty text would be in every name.
    found = find_runners(asked.services, wanted, at_most=RUNNERS_FOUND + 1) if wanted else []
    # Made of all that were found: no two in the list are called the same.
    names = short_names(
        (each.runner_id for each in found), {each.runner_id: each.address for each in found}
    )
    chosen = asked.query.values(RUNNER)
    return RunnerOptions(
        typed=wanted,
        options=tuple(
            RunnerOption(
                runner_id=each.runner_id,
                name=names[each.runner_id],
                href=asked.path + asked.query.with_runner(each.runner_id),
                is_chosen=each.runner_id in chosen,
            )
            for each in found[:RUNNERS_FOUND]
        ),
        is_more=len(found) > RUNNERS_FOUND,
    )
