"""Why no runner has a window, in words."""

from scheduler.core.policy import NoWindow
from scheduler.words.numbers import count, reckoned


def too_many(facts: NoWindow) -> str:
    """``5 runners × margin 60 s ≥ interval 300 s``."""
    return (
        f"{count(facts.runner_count, 'runner')} × margin {reckoned(facts.margin_seconds)}"
        f" ≥ interval {reckoned(facts.interval_seconds)}"
    )


def no_window_words(facts: NoWindow) -> str:
    """The same as a sentence, and what to do."""
    lower = f"Lower the margin below {reckoned(facts.interval_seconds / facts.runner_count)}"
    most = f" or run at most {facts.max_runners:,}" if facts.max_runners else ""
    return f"No slot has a window: {too_many(facts)}. {lower}{most}."
