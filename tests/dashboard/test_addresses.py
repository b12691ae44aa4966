from datetime import timedelta

import pytest
from django.urls import reverse

from dashboard.addresses import cycle_address, cycle_url, execution_url, runner_url, service_url
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
