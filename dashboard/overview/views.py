"""The services at a glance, the ones in trouble first."""

from dataclasses import dataclass

from django.http import HttpResponse

from dashboard.overview.card import ServiceCard, named_runners, service_card
from dashboard.web.operating import Notice, notices
from dashboard.web.pages import Page, read_only, rendered, visit_of
from dashboard.web.requests import PageRequest
from scheduler.fleet.known_runners import addresses_by_service
from scheduler.overview import known_services, service_overviews


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesPage(Page):
    cards: tuple[ServiceCard, ...]
    in_trouble: int
    archived_count: int
    notices: tuple[Notice, ...]


@read_only
def services(request: PageRequest) -> HttpResponse:
    """/: every service."""
    visit = visit_of(request)
    known = known_services()
    overviews = service_overviews(visit.now, known)
    # In one query for all cards, however many services there are.
    addresses = addresses_by_service({each.slug: named_runners(each) for each in overviews})
    made = (service_card(each, addresses[each.slug], visit.words) for each in overviews)
    cards = sorted(made, key=lambda card: card.rank)
    page = ServicesPage(
        visit=visit,
        cards=tuple(cards),
        archived_count=sum(each.archived_at is not None for each in known),
        # A poll shows the fragment alone.
        notices=() if request.htmx else tuple(notices(request)),
        in_trouble=sum(card.words.is_trouble for card in cards),
    )
    return rendered("dashboard/overview/services.html", page, part="fragment")
