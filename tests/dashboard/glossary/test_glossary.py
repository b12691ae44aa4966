"""/glossary/, and the hints beside the words on every page."""

import re

import pytest
from django.test import Client

from dashboard.glossary.terms import ALSO, TERMS
from dashboard.rows.judgement import OUTCOMES
from tests.dashboard.conftest import Story
from tests.dashboard.web.reading import get, text_of

pytestmark = pytest.mark.django_db


def test_every_term_is_on_the_page(viewer: Client) -> None:
    page = get(viewer, "/glossary/")

    for term in TERMS.values():
        assert f'id="{term.key}"' in page
        assert f"{term.word} {term.meaning}" in text_of(page).replace("&#x27;", "'")


@pytest.mark.parametrize(
    "path", ["/", "/s/service-1/", "/s/service-1/runners/", "/s/service-1/runners/a/"]
)
def test_every_hint_of_a_page_is_there_and_leads_to_the_glossary(
    viewer: Client, story: Story, path: str
) -> None:
    page = get(viewer, path)
    targets = set(re.findall(r'popovertarget="hint-([\w-]+)"', page))

    assert targets
    assert targets == set(re.findall(r'<div class="hint" id="hint-([\w-]+)" popover', page))
    assert all(f'href="/glossary/#{key}"' in page for key in targets)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", {"coordinated", "margin", "grace"}),
        ("/s/service-1/", {"window", "grace", "margin"}),
        ("/s/service-1/runners/", {"clock", "holds", "slot"}),
    ],
)
def test_what_an_ops_person_may_not_know_is_explained_where_it_stands(
    viewer: Client, story: Story, path: str, words: set[str]
) -> None:
    assert words <= set(re.findall(r'popovertarget="hint-([\w-]+)"', get(viewer, path)))


def test_every_page_leads_to_the_glossary(viewer: Client) -> None:
    assert 'href="/glossary/"' in get(viewer, "/")


def test_other_names_are_of_terms_that_there_are() -> None:
    assert set(ALSO.values()) <= set(TERMS)


def test_every_outcome_of_a_cycle_is_explained() -> None:
    assert {ALSO.get(each.value, each.value) for each in OUTCOMES} <= set(TERMS)
