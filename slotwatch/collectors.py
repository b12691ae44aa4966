"""SLOTWATCH_COLLECTORS to the collectors that the worker runs."""

from scheduler.collectors.configured import (
    INSTEAD,
    ConfiguredCollector,
    InvalidCollectors,
    parse_collectors,
)
from slotwatch.environment import Environment

VARIABLE = "SLOTWATCH_COLLECTORS"


def collectors(environment: Environment) -> tuple[ConfiguredCollector, ...]:
    """What is configured; none where it can't be used."""
    try:
        return parse_collectors(environment.words(VARIABLE))
    except InvalidCollectors as error:
        environment.wrong("E008", VARIABLE, found=str(error), instead=INSTEAD)
        return ()
