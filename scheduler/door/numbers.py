"""Numbers from outside: finite, in the range of their column, and never a bool."""

from math import isfinite

from scheduler.door.kinds import Unacceptable, quoted

# What any system gives; Linux stays below 2 ** 22.
PROCESS_ID_AT_MOST = 2**32 - 1


def number(
    what: str, value: object, *, least: float, most: float, unit: str = "", example: str
) -> float:
    """A number from ``least`` to ``most``, as a float."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # In this order: an int may be larger than any float.
    if is_number and least <= value <= most and isfinite(value):  # type: ignore[operator, arg-type]
        return float(value)  # type: ignore[arg-type]
    raise Unacceptable(
        f"{what} must be a number from {least:,g} to {most:,.0f}{unit}, such as {example}, "
        f"not {quoted(value)}"
    )


def real(what: str, value: object, *, example: str) -> float:
    """Any number a float can be, for those whose range is told elsewhere."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            pass
    raise Unacceptable(f"{what} must be a number, such as {example}, not {quoted(value)}")


def whole(what: str, value: object, *, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return int(value)
    raise Unacceptable(
        f"{what} must be a whole number from {least:,} to {most:,}, not {quoted(value)}"
    )


def process_id(value: object) -> int | None:
    """A process id, or None where it is not told."""
    return None if value is None else whole("pid", value, least=0, most=PROCESS_ID_AT_MOST)
