"""The blocked audit: what was blocked, of which reasons, for whom; and who has seen to it."""

from django.http import HttpResponse

from dashboard.blocked.page import blocked_page
from dashboard.blocked.query import BLOCKED
from dashboard.blocked.seen import see_blocks
from dashboard.history.asking import asks, found_runners, shared_address
from dashboard.history.lists import Asked
from dashboard.web.pages import rendered


@asks(BLOCKED)
def blocked(asked: Asked) -> HttpResponse:
    """/s/<slug>/blocked/: the blocked audit."""
    if moved := shared_address(asked):
        return moved
    return rendered("dashboard/blocked/blocked.html", blocked_page(see_blocks(asked)))


@asks(BLOCKED)
def runners(asked: Asked) -> HttpResponse:
    """/s/<slug>/blocked/runners/: runners that are called like ``q``."""
    return found_runners(asked)
