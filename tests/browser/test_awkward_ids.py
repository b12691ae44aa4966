"""Every id that is taken has a page that opens in a browser, through the server that is shipped."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page

from scheduler.core.types import AtomicServiceExecutionStatus as Status
from scheduler.db import clock
from scheduler.intake.reported_types import ExecutionReport
from scheduler.intake.reports import report
from scheduler.models import Service
from tests.hostile.values import AWKWARD_IDS

# Asks for each link as the browser resolves it; tells its status and what its page copies.
FOLLOW = """async () => {
  const links = [...document.querySelectorAll("#rows a[title]")].map((link) => link.href);
  return Promise.all(links.map(async (href) => {
    const answer = await fetch(href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const copied = [...page.querySelectorAll("[data-copy]")].map((each) => each.dataset.copy);
    return [href, answer.status, copied];
  }));
}"""


def test_the_links_of_awkward_ids_lead_to_their_pages(
    open_page: Callable[..., Page], observed: Service
) -> None:
    now = clock.now()
    runs = [
        ExecutionReport(
            run_id=each,
            runner_id=each,
            status=Status.COMPLETED,
            started_at=now - timedelta(seconds=number + 2),
            ended_at=now,
        )
        for number, each in enumerate(AWKWARD_IDS)
    ]
    report(observed, executions=runs)
    page = open_page(f"/s/{observed.slug}/history/", wait=False)

    followed = page.evaluate(FOLLOW)

    assert len(followed) == 2 * len(AWKWARD_IDS)
    assert [each for each in followed if each[1] != 200] == []
    found = {copied for _, _, each in followed for copied in each}
    assert set(AWKWARD_IDS) <= found
    wrong = [
        (href, copied)
        for number, (href, _, copied) in enumerate(followed)
        if AWKWARD_IDS[number // 2] not in copied
    ]
    assert wrong == []
