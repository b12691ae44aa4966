"""What the words mean."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.glossary.terms import TERMS, Term
from dashboard.web.chrome import Chrome, chrome_of
from dashboard.web.requests import PageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class GlossaryPage:
    chrome: Chrome
    terms: tuple[Term, ...]


@require_safe
@never_cache
def glossary(request: PageRequest) -> HttpResponse:
    """/glossary/: every term."""
    terms = sorted(TERMS.values(), key=lambda term: term.word)
    page = GlossaryPage(chrome=chrome_of(request), terms=tuple(terms))
    return render(request, "dashboard/glossary/glossary.html", {"page": page})
