"""How far a test goes: a short form in every run, and the whole of it with `make test-long`."""

from collections.abc import Sequence

import pytest
from _pytest.mark import ParameterSet


def short_and_whole(short: int, whole: int) -> tuple[int | ParameterSet, ...]:
    """Parameters: so many of something in every run, and so many in a long one."""
    return short, pytest.param(whole, marks=pytest.mark.long)


def first_of[Value](count: int, values: Sequence[Value]) -> tuple[Value | ParameterSet, ...]:
    """Parameters: so many of the values in every run, the others in a long one."""
    rest = (pytest.param(each, marks=pytest.mark.long) for each in values[count:])
    return *values[:count], *rest
