"""Until when attempts are refused. Allauth counts them; here is what its refusals don't say."""

import math
import time

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

APP = "allauth.account"
# Who is refused for a moment only, because others ask at the same time.
SHORTEST_SECONDS = 1


def seconds_to_wait(request: HttpRequest, *, key: str | None = None) -> int:
    """Whole seconds until the next attempt is looked at, at least 1.

    ``key`` is what attempts on the account are counted by (`Adapter.attempts_key`).
    """
    actions = ["login", "login_failed"] if key is not None else ["login"]
    if request.user.is_authenticated:
        actions = ["change_password"]
    now = time.time()
    waits = (
        _seconds_until_free(request, action, rate, key, now)
        for action in actions
        for rate in ratelimit.get_rates(app=APP, action=action)
    )
    return max(SHORTEST_SECONDS, math.ceil(max(waits, default=0)))


def _seconds_until_free(
    request: HttpRequest, action: str, rate: ratelimit.Rate, key: str | None, now: float
) -> float:
    name = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
    newest_first: list[float] = cache.get(name, [])
    if len(newest_first) < rate.amount:
        return 0
    # Once this one is too old, there is room for another.
    oldest_that_counts = newest_first[rate.amount - 1]
    return float(oldest_that_counts + rate.duration - now)
