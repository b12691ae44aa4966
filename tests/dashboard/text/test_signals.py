"""Every status, reason and state has a word, a mark and a colour, and each mark exists."""

import re
from pathlib import Path

import dashboard
from dashboard.rows.log import CHANGE, POLICY
from dashboard.text.service_state import STATE_WORDS, ServiceState
from dashboard.text.signals import (
    ANSWERS,
    BLOCKED,
    STATUSES,
    blocked_signal,
)
from dashboard.timeline.legend import ITEMS
from scheduler.core.reasons import BlockReason
from scheduler.core.types import AtomicServiceDecisionReason as Reason
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from tests.dashboard.web.tokens import colours

STATIC = Path(dashboard.__file__).parent / "static" / "dashboard"
SIGNALS = {*STATUSES.values(), *BLOCKED.values(), blocked_signal("whatever")}


def test_every_status_has_a_signal() -> None:
    assert set(STATUSES) == set(Status)


def test_every_answer_has_a_signal() -> None:
    assert set(ANSWERS) == set(Reason)


def test_every_reason_that_is_written_down_has_a_signal() -> None:
    assert set(BLOCKED) == set(BlockReason)


def test_every_state_has_its_words() -> None:
    assert set(STATE_WORDS) == set(ServiceState)


def test_no_two_reasons_share_a_shape() -> None:
    assert len({signal.symbol for signal in BLOCKED.values()}) == len(BLOCKED)


def test_an_unknown_reason_keeps_its_name() -> None:
    assert blocked_signal("no_margin").word == "Blocked: no margin"


def test_every_mark_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "text/marks.svg").read_text()))
    used = (
        {signal.key for signal in (*SIGNALS, *ANSWERS.values(), CHANGE, POLICY)}
        | {item.mark for item in ITEMS.values()}
        | {words.mark for words in STATE_WORDS.values()}
    )

    assert used - drawn == set()


def test_every_signal_has_its_colour() -> None:
    assert {signal.key for signal in SIGNALS} - set(colours("light")) == set()
