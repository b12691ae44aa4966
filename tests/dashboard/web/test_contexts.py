"""Templates and their typed contexts name the same things."""

import re
from dataclasses import fields
from inspect import getfile, getmembers
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings

from dashboard.blocked.block_list import BlockList
from dashboard.blocked.page import BlockedPage
from dashboard.blocked.reasons import Reasons
from dashboard.blocked.rows import BlockRow
from dashboard.blocked.seeing_to import SeeingTo
from dashboard.cycle.jump import JumpForm
from dashboard.cycle.jump_views import JumpPage
from dashboard.cycle.kept_counts import KeptCounts, SignalCount
from dashboard.cycle.lane_bar import LaneBar
from dashboard.cycle.page import CyclePage
from dashboard.cycle.pruned import PrunedCyclePage
from dashboard.cycle.rules import CycleRules
from dashboard.cycle.steps import CycleSteps
from dashboard.cycle.tables import CycleTables
from dashboard.history.filter_bar import Field, Fieldset, FilterBar
from dashboard.overview.card import ServiceCard
from dashboard.overview.views import ServicesPage
from dashboard.past.section import Past
from dashboard.past.strip import StripRow
from dashboard.rows.decisions import DecisionRow
from dashboard.rows.incidents import IncidentRow, ServiceIncidentRow
from dashboard.rows.judgement import VerdictRow
from dashboard.rows.log import LogRow
from dashboard.runners.rows import RunnerRow
from dashboard.templatetags import rows, runners
from dashboard.web.chrome import Chrome
from dashboard.web.errors import ErrorPage

TEMPLATES = Path(settings.BASE_DIR) / "templates"
SHARED = ("base.html", "dashboard/web/_refresh.html", "dashboard/rows/_state.html")
BLOCKED = (
    "dashboard/blocked/blocked.html",
    "dashboard/blocked/_blocks.html",
    "dashboard/history/_filters.html",
)
FORMS = ("dashboard/blocked/_note_form.html", "dashboard/blocked/_undo_form.html")
FIELDS = ("dashboard/history/_fields.html",)
KNOWN = "dashboard/web/_known.html"
STEPS = "dashboard/web/_steps.html"
PAST = ("dashboard/past/_past.html", "dashboard/past/_rows.html")
CHART = "dashboard/timeline/_chart.html"
PRUNED = "dashboard/cycle/pruned.html"
LANES = (
    "dashboard/cycle/_lane_search.html",
    "dashboard/cycle/_lane_choice.html",
    "dashboard/cycle/cycle.html",
)


# Counts that are words already: capped ones, and those that a row writes out.
WRITTEN_OUT = {
    "each.number",
    "export.total",
    "number",
    "page.seeing_to.form.number",
    "page.runner.blocks",
    "page.streak.blocks",
    "row.attempts",
    "row.blocks",
    "row.runners",
    "tally.number",
    "totals.attempts",
    "totals.number",
}


def named(prefix: str, *templates: str) -> set[str]:
    """The first names after ``prefix.`` in the tags of these templates."""
    text = "".join((TEMPLATES / name).read_text() for name in templates)
    tags = "".join(re.findall(r"{[{%].*?[%}]}", text, re.DOTALL))
    return set(re.findall(rf"\b{prefix}\.(\w+)", re.sub(r"'[^']*'|\"[^\"]*\"", "", tags)))


def declared(context: Any) -> set[str]:
    """What a template may name: ``visit`` is what the properties of all pages are told from."""
    properties = getmembers(context, lambda value: isinstance(value, property))
    return own_fields(context) | {name for name, _ in properties}


def own_fields(context: Any) -> set[str]:
    return {field.name for field in fields(context)} - {"visit"}


@pytest.mark.parametrize(
    ("prefix", "context", "templates"),
    [
        ("page", CyclePage, (*SHARED, STEPS, CHART, "dashboard/cycle/cycle.html")),
        ("page", PrunedCyclePage, ("base.html", STEPS, PRUNED)),
        ("page.summary", KeptCounts, (PRUNED,)),
        ("page.tables", CycleTables, ("dashboard/cycle/cycle.html",)),
        ("page.rules", CycleRules, ("dashboard/cycle/cycle.html",)),
        ("steps", CycleSteps, (STEPS,)),
        ("each", SignalCount, ("dashboard/rows/_signal_counts.html",)),
        ("page", ErrorPage, ("error.html",)),
        ("chrome", Chrome, (*SHARED, "dashboard/cycle/cycle.html")),
        ("past", Past, PAST[:1]),
        ("row", (StripRow, ServiceIncidentRow), PAST),
        ("page", JumpPage, ("dashboard/cycle/jump.html",)),
        ("lanes", LaneBar, LANES[:2]),
        ("jump", JumpForm, ("dashboard/cycle/_jump.html",)),
        ("page", BlockedPage, (*SHARED, *BLOCKED, *FORMS)),
        ("page.reasons", Reasons, BLOCKED[:2]),
        ("page.seeing_to", SeeingTo, (*BLOCKED[:2], *FORMS)),
        ("blocks", BlockList, BLOCKED[1:2]),
        ("row", BlockRow, BLOCKED[1:2]),
        ("filters", FilterBar, BLOCKED[2:]),
        ("group", Fieldset, FIELDS),
        ("field", Field, FIELDS),
    ],
)
def test_a_template_names_only_what_is_declared(
    prefix: str, context: Any, templates: tuple[str, ...]
) -> None:
    contexts = context if isinstance(context, tuple) else (context,)

    assert named(prefix, *templates) - set().union(*map(declared, contexts)) == set()


def test_every_field_of_an_incidents_line_is_shown_and_no_other() -> None:
    shown = named("row", "dashboard/rows/_incidents.html")
    shown |= named("line", "dashboard/rows/_incident_links.html")

    assert shown == {field.name for field in fields(IncidentRow)}


def test_the_list_of_services_names_only_what_is_declared() -> None:
    assert named("page", "dashboard/overview/services.html") - declared(ServicesPage) == set()
    assert named("card", "dashboard/overview/services.html") - declared(ServiceCard) == set()


@pytest.mark.parametrize(
    ("prefix", "context", "templates"),
    [
        ("page", CyclePage, (*SHARED, STEPS, CHART, "dashboard/cycle/cycle.html")),
        ("page", PrunedCyclePage, ("base.html", STEPS, PRUNED)),
        ("page.summary", KeptCounts, (PRUNED,)),
        ("page.tables", CycleTables, ("dashboard/cycle/cycle.html",)),
        ("page.rules", CycleRules, ("dashboard/cycle/cycle.html",)),
        ("steps", CycleSteps, (STEPS,)),
        ("each", SignalCount, ("dashboard/rows/_signal_counts.html",)),
        ("page", ServicesPage, (*SHARED, "dashboard/overview/services.html")),
        ("chrome", Chrome, SHARED),
        ("past", Past, PAST[:1]),
        ("row", ServiceIncidentRow, PAST[:1]),
        ("page", JumpPage, (*SHARED, "dashboard/cycle/jump.html")),
        ("lanes", LaneBar, LANES),
        ("jump", JumpForm, ("dashboard/cycle/_jump.html",)),
        ("page", BlockedPage, (*SHARED, *BLOCKED, *FORMS)),
        ("page.reasons", Reasons, BLOCKED[:2]),
        ("page.seeing_to", SeeingTo, (*BLOCKED[:2], *FORMS)),
        ("blocks", BlockList, BLOCKED[1:2]),
        ("row", BlockRow, BLOCKED[1:2]),
        ("filters", FilterBar, BLOCKED[2:]),
        ("group", Fieldset, FIELDS),
        ("field", Field, FIELDS),
    ],
)
def test_nothing_is_declared_that_no_template_shows(
    prefix: str, context: Any, templates: tuple[str, ...]
) -> None:
    assert own_fields(context) - named(prefix, *templates) == set()


@pytest.mark.parametrize(
    ("module", "row"),
    [(rows, DecisionRow), (rows, LogRow), (rows, VerdictRow), (runners, RunnerRow)],
)
def test_nothing_is_declared_that_no_row_written_in_python_shows(
    module: ModuleType, row: Any
) -> None:
    text = Path(getfile(module)).read_text()

    assert own_fields(row) - set(re.findall(r"\brow\.(\w+)", text)) == set()


def test_counts_have_separators_of_thousands() -> None:
    text = "".join(each.read_text() for each in TEMPLATES.rglob("*.html"))
    counts = re.findall(r"{{ ([\w.]*(?:number|total|attempts|blocks|runners|count)) }}", text)

    assert set(counts) - WRITTEN_OUT == set()
    assert "{{ tally.number }}" not in (TEMPLATES / "dashboard/past/_past.html").read_text()
