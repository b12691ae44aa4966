"""What a service keeps, in words."""

from dataclasses import dataclass

from dashboard.text.words import TimeWords, count, duration
from scheduler.models import Service
from scheduler.retention.limits import Retention


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionWords:
    """``kept`` is what is kept and for how long, ``gone`` what is gone so far; whole sentences."""

    kept: str
    gone: str


def retention_words(service: Service, words: TimeWords) -> RetentionWords:
    """What the service keeps, and until when the past is gone, in the zone of ``words``."""
    retention = Retention.of(service)
    until = service.pruned_until
    # Rounded down it is still true: what was over before the second was over before the mark.
    second = None if until is None else until.replace(microsecond=0)
    return RetentionWords(
        kept=(
            f"Kept: {_executions(retention)}; "
            f"summaries of cycles {_how_long(retention.summary_days)}; "
            # Somebody's note is on them, which no rule may remove.
            "acknowledged blocks for ever."
        ),
        gone="Nothing is gone so far."
        if second is None
        else f"Gone so far: what began and was over before {words.full(second)}.",
    )


def _executions(retention: Retention) -> str:
    number = retention.executions
    if number is None:
        return f"executions {_how_long(retention.days)}"
    if retention.days is None:
        return f"the newest {count(number, 'execution')}"
    return f"executions {_how_long(retention.days)}, at most {number:,}"


def _how_long(days: float | None) -> str:
    if days is None:
        return "for ever"
    whole = int(days)
    return f"for {count(whole, 'day') if whole == days else duration(days * 86_400)}"
