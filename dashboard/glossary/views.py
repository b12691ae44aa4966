"""What the words mean."""

from dataclasses import dataclass

from django.http import HttpResponse

from dashboard.glossary.terms import TERMS, Term
from dashboard.web.pages import Page, read_only, rendered, visit_of
from dashboard.web.requests import PageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class GlossaryPage(Page):
    terms: tuple[Term, ...]


@read_only
def glossary(request: PageRequest) -> HttpResponse:
    """/glossary/: every term."""
    terms = sorted(TERMS.values(), key=lambda term: term.word)
    page = GlossaryPage(visit=visit_of(request), terms=tuple(terms))
    return rendered("dashboard/glossary/glossary.html", page)
