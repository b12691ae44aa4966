from datetime import timedelta

import pytest
from django.urls import reverse

from dashboard.web.addresses import (
    blocked_url,
    cycle_address,
    cycle_history_url,
    cycle_url,
    execution_url,
    runner_url,
    runners_url,
    service_url,
)
from tests.conftest import T0

ODD = ["plain", "a/b", "a b", "host:1", "ü~%?#&+=", "'\"<>", "\U0001f600", "a//b", "x" * 200]


@pytest.mark.parametrize("part", ODD)
def test_addresses_are_those_of_the_pages(part: str) -> None:
    assert execution_url("a", part) == reverse("dashboard:execution", args=("a", part))
    assert runner_url("a", part) == reverse("dashboard:runner", args=("a", part))


@pytest.mark.parametrize("after", [timedelta(), timedelta(microseconds=1)])
def test_the_address_of_a_cycle_is_that_of_its_page(after: timedelta) -> None:
    start = T0 + after
    expected = reverse("dashboard:cycle", args=("a-b", cycle_address(start)))
    assert cycle_url("a-b", start) == expected
    assert service_url("a-b") == reverse("dashboard:live", args=("a-b",))


def test_the_addresses_of_lists_are_those_of_their_pages() -> None:
    history, blocked = (
        reverse(f"dashboard:{name}", args=("a-b",)) for name in ("history", "blocked")
    )
    assert runners_url("a-b") == reverse("dashboard:runners", args=("a-b",))
    assert cycle_history_url("a-b", T0) == f"{history}?cycle_start={cycle_address(T0)}"
    assert blocked_url("a-b", from_="now-1h", reason="x") == f"{blocked}?from=now-1h&reason=x"
