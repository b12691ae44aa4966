"""What is typed wrong into a filter: the page stays, and says it beside the field."""

import pytest

from scheduler.models import ServiceMode

pytestmark = pytest.mark.django_db

PAGES = ("/history/", "/s/service-1/history/", "/s/service-1/blocked/")
OF_ALL = [
    ("from=from", "from", "“from” is not understood", "now-6h"),
    ("to=25:00", "to", "", ""),
    ("run_id=" + "x" * 300, "run_id", "300 characters", "at most 200"),
    ("from=now&to=now-1h", "from", "The first is after the last", "Exchange them"),
    ("from=now-1h&from=now-2h", "from", "“now-1h” and “now-2h” contradict each other", "Give one"),
]
OF_RUNS = [
    ("min_duration_seconds=1e3", "min_duration_seconds", "“1e3” is not a duration", "digits: 1.5"),
    ("max_duration_seconds=-1", "max_duration_seconds", "“-1” is not a duration", "digits"),
]
OTHERS = ["limit=0", "cursor=nowhere", "sort=sideways", "acknowledged=perhaps", "runner_id=nobody"]


@pytest.fixture(autouse=True)
def _service(make_service):
    make_service(ServiceMode.OBSERVED)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("query", "field", "wrong", "right"), OF_ALL)
def test_the_error_stands_beside_its_field(viewer, page, query, field, wrong, right):
    answer = viewer.get(f"{page}?{query}&reason=late_start")

    html = answer.content.decode()
    assert answer.status_code == 400
    beside = html[html.index(f'id="error-{field}"') :]
    beside = beside[: beside.index("</p>")]
    assert wrong in beside
    assert right in beside
    assert f"{field}=" not in beside
    assert 'class="filter-form" open' in html
    # What was right is kept, and so are the tabs.
    assert 'value="late_start"' in html
    assert 'aria-label="Filter"' in html
    assert 'href="/s/service-1/blocked/"' in html or page == "/history/"


@pytest.mark.parametrize(("query", "field", "wrong", "right"), OF_RUNS)
def test_a_duration_that_is_none_is_told_beside_its_field(viewer, query, field, wrong, right):
    answer = viewer.get(f"/s/service-1/history/?{query}")

    html = answer.content.decode()
    assert answer.status_code == 400
    beside = html[html.index(f'id="error-{field}"') :]
    assert wrong in beside[: beside.index("</p>")]
    assert right in beside[: beside.index("</p>")]
    assert f'value="{query.partition("=")[2]}"' in html


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", OTHERS)
def test_other_parameters_are_told_above_the_form(viewer, page, query):
    answer = viewer.get(f"{page}?{query}")

    html = answer.content.decode()
    assert answer.status_code == 400
    assert "Nothing is listed" in html
    assert 'aria-label="Filter"' in html


@pytest.mark.parametrize(
    "page",
    [
        *("/history/", "/s/service-1/history/", "/s/service-1/history/summary/"),
        *("/s/service-1/history/tail/", "/s/service-1/blocked/runners/"),
    ],
)
def test_a_fragment_says_it_in_a_sentence(viewer, page):
    answer = viewer.get(f"{page}?from=from", headers={"HX-Request": "true"})

    assert answer.status_code == 400
    assert "<html" not in answer.content.decode()
    assert "“from” is not understood" in answer.content.decode()


def test_what_was_sent_is_never_sent_back_whole(viewer):
    answer = viewer.get(f"/s/service-1/history/?from={'x' * 6_000}&run_id={'y' * 6_000}")

    assert answer.status_code == 400
    assert len(answer.content) < 40_000
