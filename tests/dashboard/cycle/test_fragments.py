"""Fragments of a cycle's page, which all tabs share while nothing changes."""

import gzip
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random

import orjson
import pytest
from django.test import Client

from dashboard.cycle import views
from dashboard.cycle.page import cycle_page
from scheduler.db.answers import forget_all
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from tests.conftest import after
from tests.dashboard.conftest import Story
from tests.lengths import first_of, short_and_whole
from tests.scheduler.cycles.stories import tell_of_a_fleet, tell_of_claims

pytestmark = pytest.mark.django_db

LIVE = "/s/service-1/"
HTMX = {"HX-Request": "true"}
# Of so many things that are told, one is looked at.
EVERY = short_and_whole(7, 1)
SetClock = Callable[[datetime], None]
# A counter of the browser's, which is right again as soon as it is swapped in.
COUNTED = re.compile(r"(<[^>]*\bdata-(?:since|until)=[^>]*>)[^<]*")
REPLAY = re.compile(r"\bt=[0-9TZ:.%A-]+")
FIGURE = re.compile(r'(<script id="figure"[^>]*>)(.*?)</script>', re.DOTALL)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the pages that were composed, in order."""
    paths: list[str] = []

    def composed(visit, *given, **named):
        paths.append(visit.request.get_full_path())
        return cycle_page(visit, *given, **named)

    monkeypatch.setattr(views, "cycle_page", composed)
    return paths


def fragment(client: Client, path: str = LIVE, **headers: str) -> str:
    return client.get(path, headers=HTMX | headers).content.decode()


def test_the_next_viewer_gets_what_was_drawn(
    viewer: Client, operator: Client, story: Story, drawn: list[str], set_clock: SetClock
) -> None:
    first = fragment(viewer)
    set_clock(after(27))

    response = operator.get(LIVE, headers=HTMX)

    assert response.content.decode() == first
    assert float(response["Slotwatch-Now"]) == after(27).timestamp()
    assert len(drawn) == 1


@pytest.mark.parametrize("other", ["?tz=Asia/Kolkata", "?lanes=trouble", "?runner_id=b"])
def test_another_choice_is_drawn_for_itself(
    viewer: Client, story: Story, drawn: list[str], other: str
) -> None:
    fragment(viewer)
    fragment(viewer, LIVE + other)
    fragment(viewer, LIVE + other)

    assert len(drawn) == 2


def test_what_is_new_is_drawn_anew(viewer: Client, story: Story, drawn: list[str]) -> None:
    before = fragment(viewer)
    beat(story.service, Beat(runner_id="d"), now=after(25))

    assert fragment(viewer) != before
    assert len(drawn) == 2


def test_at_its_next_change_it_is_drawn_anew(
    viewer: Client, story: Story, drawn: list[str], set_clock: SetClock
) -> None:
    fragment(viewer)
    # The second of three windows of 20 s is over.
    set_clock(after(40))
    fragment(viewer)

    assert len(drawn) == 2


def test_a_whole_page_is_as_of_the_visit(
    viewer: Client, story: Story, drawn: list[str], set_clock: SetClock
) -> None:
    viewer.get(LIVE)
    set_clock(after(27))

    assert "12:00:27" in viewer.get(LIVE).content.decode()
    assert len(drawn) == 2


def test_it_is_packed_once_for_those_who_take_it(viewer: Client, story: Story) -> None:
    plain = fragment(viewer)
    packed = viewer.get(LIVE, headers=HTMX | {"Accept-Encoding": "gzip"})
    again = viewer.get(LIVE, headers=HTMX | {"Accept-Encoding": "gzip"})

    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert gzip.decompress(packed.content).decode() == plain
    assert again.content == packed.content


def standing(html: str) -> str:
    """A fragment without what counts on in the browser, and what its figure has of each mark: how
    far what goes on has come is drawn with the next change."""

    def figure(found: re.Match[str]) -> str:
        drawn = orjson.loads(found[2])["data"]
        # What a short run is met by goes as soon as it is long enough.
        return str([(each["name"], each["y"]) for each in drawn if each["name"] != "aim"])

    # The link into a replay leads to the instant at which it was drawn.
    return REPLAY.sub("", FIGURE.sub(figure, COUNTED.sub(r"\1", html)))


def same_until(viewer: Client, story: Iterator[datetime], set_clock: SetClock, every: int) -> int:
    """Compare a fragment with a fresh one of later, while it is good; how many were."""
    compared = 0
    for told_at in islice(story, 0, None, every):
        # A run that begins in this very instant has no length yet.
        now = told_at + timedelta(seconds=0.1)
        set_clock(now)
        before = fragment(viewer)
        for seconds in (0.4, 2.0, 7.0):
            set_clock(now + timedelta(seconds=seconds))
            if fragment(viewer) == before:
                forget_all()
                assert standing(fragment(viewer)) == standing(before)
                compared += 1
    return compared


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("seed", first_of(1, range(6)))
def test_of_claims_it_says_the_same_until_its_next_change(
    viewer: Client,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    set_clock: SetClock,
    seed: int,
    every: int,
) -> None:
    told = tell_of_claims(service, Random(seed), monkeypatch, (1.0,))

    assert same_until(viewer, told, set_clock, every) > 20 / every


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("seed", first_of(1, range(6)))
def test_of_reports_it_says_the_same_until_its_next_change(
    viewer: Client,
    observed: Service,
    monkeypatch: pytest.MonkeyPatch,
    set_clock: SetClock,
    seed: int,
    every: int,
) -> None:
    told = tell_of_a_fleet(observed, Random(seed), monkeypatch)

    assert same_until(viewer, told, set_clock, every) > 20 / every
