"""Version tokens: what a poll may be answered with nothing."""

from datetime import timedelta

import pytest

from dashboard.web.polling import is_current, version_token
from tests.conftest import T0


def test_nothing_new_before_the_next_change() -> None:
    token = version_token(7, T0 + timedelta(seconds=5))

    assert is_current(token, 7, T0 + timedelta(seconds=4.999))


def test_the_change_itself_is_new() -> None:
    token = version_token(7, T0 + timedelta(seconds=5))

    assert not is_current(token, 7, T0 + timedelta(seconds=5))


def test_another_revision_is_new() -> None:
    assert not is_current(version_token(7, T0 + timedelta(seconds=5)), 8, T0)


def test_what_never_changes_by_itself_stays() -> None:
    assert is_current(version_token(7, None), 7, T0 + timedelta(days=400))


@pytest.mark.parametrize("token", ["", ":", "x:y", "7:soon", "7:nan", "7:1e99", "07:"])
def test_a_token_of_nobody_is_new(token: str) -> None:
    assert not is_current(token, 7, T0)
