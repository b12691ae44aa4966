"""Columns that have the values of an enum."""

from enum import StrEnum


def choices_of(values: type[StrEnum]) -> list[tuple[str, str]]:
    """What a field may have, as Django takes it; people read other words for it."""
    return [(each.value, each.value) for each in values]
