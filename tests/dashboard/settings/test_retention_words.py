from datetime import UTC

import pytest

from dashboard.text.retention_words import retention_words
from dashboard.text.words import TimeWords
from scheduler.models import Service
from tests.conftest import T0, after

WORDS = TimeWords(zone=UTC, now=T0)


@pytest.mark.parametrize(
    ("days", "executions", "summary_days", "kept"),
    [
        (90.0, None, 400.0, "executions for 90 days; summaries of cycles for 400 days;"),
        (1.0, 1_000_000, None, "executions for 1 day, at most 1,000,000; summaries of cycles for"),
        (0.5, None, 1.5, "executions for 12 h; summaries of cycles for 1 d 12 h;"),
        (None, 1, None, "the newest 1 execution; summaries of cycles for ever;"),
        (None, None, None, "executions for ever; summaries of cycles for ever;"),
    ],
)
def test_what_is_kept(days, executions, summary_days, kept):
    service = Service(keep_days=days, keep_executions=executions, keep_summary_days=summary_days)

    words = retention_words(service, WORDS)

    assert words.kept.startswith(f"Kept: {kept}")
    assert words.kept.endswith("acknowledged blocks for ever.")


@pytest.mark.parametrize(
    ("pruned_until", "gone"),
    [
        (None, "Nothing is gone so far."),
        (after(5.25), "Gone so far: what began and was over before 12:00:05 UTC."),
    ],
)
def test_what_is_gone(pruned_until, gone):
    assert retention_words(Service(pruned_until=pruned_until), WORDS).gone == gone
