"""Whatever comes in is refused in words, or is a row that every page shows."""

from contextlib import suppress

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.web.addresses import execution_url, runner_url
from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.cycles.summaries import keep_summaries
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import Execution, Runner, Service, ServiceMode
from tests.conftest import after
from tests.dashboard.conftest import viewer
from tests.hostile.ways import REFUSALS, WAYS, Way

pytestmark = pytest.mark.django_db
__all__ = ["viewer"]

IS_ALL = "?to=now"


def pages(service: Service) -> list[str]:
    base = f"/s/{service.slug}/"
    lists = ("", "history/", "history/summary/", f"blocked/{IS_ALL}", "runners/", "past/")
    ids = Runner.objects.filter(service=service).values_list("runner_id", flat=True)[:3]
    runs = Execution.objects.filter(service=service).values_list("run_id", flat=True)[:3]
    return [
        *(f"{base}{each}" for each in lists),
        *(runner_url(service.slug, each) for each in ids),
        *(execution_url(service.slug, each) for each in runs),
    ]


@pytest.fixture
def both(make_service):
    """A coordinated service and an observed one in which something was blocked."""
    services = make_service(), make_service(ServiceMode.OBSERVED)
    blocked = ExecutionReport(
        run_id="x",
        runner_id="a",
        status=Status.BLOCKED,
        started_at=after(1),
        ended_at=after(1),
        reason="late",
    )
    report(services[1], executions=[blocked], now=after(2))
    return services


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@settings(
    # A sample; the long check draws the same values many times over.
    max_examples=2,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_what_comes_in_is_refused_in_words_or_shown(
    both: tuple[Service, Service], viewer: Client, way: Way, data: st.DataObject
) -> None:
    with suppress(*REFUSALS):
        way(data.draw, *both)
        for service in Service.objects.order_by("-pk")[:2]:
            keep_summaries(service)
            shown = {page: viewer.get(page).status_code for page in pages(service)}
            assert set(shown.values()) == {200}, shown
