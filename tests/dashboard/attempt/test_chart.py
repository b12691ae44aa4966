"""The cycle of an attempt, drawn small."""

import re
from collections.abc import Callable
from datetime import datetime

import plotly.graph_objects as go
import pytest
from django.test import Client

from dashboard.attempt.chart import OTHERS
from scheduler.intake.claims import claim, finish
from scheduler.intake.heartbeats import Beat, beat
from scheduler.models import Service
from tests.conftest import after
from tests.dashboard.attempt.reading import block_of, page_of
from tests.dashboard.conftest import Story
from tests.dashboard.timeline.drawn import seconds_of
from tests.dashboard.web.reading import figure_of, get
from tests.dashboard.web.tokens import colours

pytestmark = pytest.mark.django_db

SetClock = Callable[[datetime], None]
Make = Callable[..., Service]


def test_its_lane_is_drawn_first_and_the_run_is_framed_and_pointed_at(
    viewer: Client, story: Story
) -> None:
    layout = figure_of(get(viewer, page_of(story.completed)))["layout"]

    assert layout["meta"]["labels"] == ["host-1:412", "b"]
    (frame,) = (each for each in layout["shapes"] if each["type"] == "rect")
    assert [seconds_of(frame[x]) for x in ("x0", "x1")] == [2, 6]
    (arrow,) = layout["annotations"]
    assert (arrow["text"], seconds_of(arrow["x"])) == ("this run", 4)


def test_what_goes_on_is_pointed_at_where_it_began(viewer: Client, story: Story) -> None:
    layout = figure_of(get(viewer, page_of(story.running)))["layout"]

    assert [each for each in layout["shapes"] if each["type"] == "rect"] == []
    (arrow,) = layout["annotations"]
    assert seconds_of(arrow["x"]) == 21
    assert [each["lane"] for each in layout["meta"]["running"]] == [0]


@pytest.mark.parametrize(("seconds", "anchor"), [(1, "left"), (30, "center"), (59, "right")])
def test_the_word_stays_on_the_chart(
    viewer: Client, service: Service, set_clock: SetClock, seconds: float, anchor: str
) -> None:
    run = claim(service, "a", now=after(seconds)).execution
    assert run is not None
    set_clock(after(seconds + 0.5))

    (arrow,) = figure_of(get(viewer, page_of(run.run_id)))["layout"]["annotations"]

    assert arrow["xanchor"] == anchor


def test_a_block_is_drawn_with_its_holder(viewer: Client, told: Service) -> None:
    layout = figure_of(get(viewer, page_of("met")))["layout"]

    # Itself, who was scheduled, who held the service.
    assert layout["meta"]["runners"] == ["c", "b", "a"]
    assert layout["annotations"][0]["text"] == "this attempt"


def test_a_run_over_several_cycles_is_drawn_in_the_one_it_began_in(
    viewer: Client, story: Story, set_clock: SetClock
) -> None:
    finish(story.service, story.running, now=after(200))
    set_clock(after(300))

    layout = figure_of(get(viewer, page_of(story.running)))["layout"]

    (frame,) = (each for each in layout["shapes"] if each["type"] == "rect")
    assert seconds_of(frame["x1"]) == 60
    assert seconds_of(layout["xaxis"]["range"][1]) == 60


def test_many_owners_share_the_ribbon(
    viewer: Client, make_service: Make, set_clock: SetClock
) -> None:
    service = make_service(dead_after_seconds=600.0)
    beat(service, *(Beat(runner_id=f"r{number:03}") for number in range(200)), now=after(0))
    run = claim(service, "r100", now=after(30.1)).execution
    assert run is not None
    set_clock(after(40))

    page = get(viewer, page_of(run.run_id))

    ribbon = [each for each in figure_of(page)["data"] if "owner" in each["name"]]
    # All before it, itself, all after it.
    assert sum(len(each["x"]) for each in ribbon) == 3
    assert OTHERS not in figure_of(page)["layout"]["meta"]["runners"]
    assert len(page) < 60_000


def test_the_figure_is_valid(viewer: Client, story: Story) -> None:
    for run_id in (story.completed, story.running, block_of().run_id):
        figure = figure_of(get(viewer, page_of(run_id)))

        go.Figure(figure)
        assert {trace["type"] for trace in figure["data"]} <= {"bar", "scatter"}
        named_colours = set(re.findall(r"var\(--([\w-]+)\)", str(figure))) - {"sans"}
        assert named_colours - set(colours("light")) == set()
