"""The check itself: inputs go in one by one, and what comes of each is counted."""

import asyncio
import collections
import time
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from random import Random

from django.core.exceptions import ValidationError
from django.db import connection
from django.test import override_settings
from django.urls import reverse

from accounts.models import User
from bench.hostile import requests
from bench.hostile.browser import Browser
from bench.hostile.entrances import Entrance, Entrances
from bench.hostile.requests import Hostile
from scheduler.core.policy import SchedulingPolicy
from scheduler.db import clock
from scheduler.models import Execution, Runner, Service, ServiceMode
from scheduler.services import create_service
from slotwatch.front.handler import Front

SECONDS_AT_MOST = 2.0
BYTES_AT_MOST = 3_000_000
# Of ten inputs so many come through Python, the others through addresses.
PYTHON_OF_TEN = 2
# Pages are looked at after so many inputs.
LOOK_EVERY = 500
PRINTED_AT_MOST = 20
SETTINGS = {
    # A password takes a second to hash by design; here an attempt is one input of many.
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "ALLOWED_HOSTS": ["localhost"],
}


class Tally:
    """What came of the inputs, counted, and what should not have come."""

    def __init__(self) -> None:
        self.counts: collections.Counter[str] = collections.Counter()
        self.wrongs: list[str] = []
        self.slowest = 0.0

    def wrong(self, what: str, given: object) -> None:
        """Note what should not have come, and print the first of it."""
        self.wrongs.append(what)
        self.counts[f"WRONG: {what}"] += 1
        if len(self.wrongs) <= PRINTED_AT_MOST:
            print(f"  {what}\n    {given!a:.800}", flush=True)

    def took(self, seconds: float, given: object) -> None:
        self.slowest = max(self.slowest, seconds)
        if seconds > SECONDS_AT_MOST:
            self.wrong("took over 2 s", given)


@override_settings(**SETTINGS)
def check(seed: int, inputs: int) -> Tally:
    """Send so many inputs; input ``number`` is the same for the same seed."""
    tally = Tally()
    with asyncio.Runner() as loop:
        _send_all(seed, inputs, loop, tally)
    return tally


def _send_all(seed: int, inputs: int, loop: asyncio.Runner, tally: Tally) -> None:
    entrances = two_services()
    ways, known_routes = entrances.all(), requests.routes()
    application = Front()
    operator = Browser(application, loop, User.objects.create_superuser("operator"))
    stranger = Browser(application, loop)
    for number in range(inputs):
        random = Random(f"{seed}:{number}")
        if number % 10 < PYTHON_OF_TEN:
            name = random.choice(list(ways))
            call(ways[name], random, f"input {number}: {name}", tally)
        else:
            request = requests.hostile(random, known_routes, known(entrances))
            send(stranger if number % 3 == 0 else operator, request, tally)
        if number % LOOK_EVERY == LOOK_EVERY - 1:
            look(operator, entrances, random, tally)


def two_services() -> Entrances:
    """One that is asked for starts and one whose fleet decides, both known for two days."""
    now = clock.now()
    policy = SchedulingPolicy(service_interval_minutes=5.0, dead_after_seconds=120.0)
    since = now - timedelta(days=2)
    return Entrances(
        coordinated=create_service("asks", policy=policy, effective_from=since),
        observed=create_service(
            "decides", mode=ServiceMode.OBSERVED, policy=policy, effective_from=since
        ),
        now=now,
    )


def known(entrances: Entrances) -> dict[str, list[str]]:
    """Values that mean something, by the name of a part of an address or a parameter."""
    return {
        "slug": [entrances.coordinated.slug, entrances.observed.slug],
        "runner_id": [f"runner-{number}" for number in range(5)],
        "cycle_start": [f"{entrances.now - timedelta(hours=1):%Y-%m-%dT%H:00:00Z}"],
        "from": ["now-6h"],
        "to": ["now"],
        "status": ["blocked", "completed"],
        "reason": ["disk full", "late_start"],
        "tz": ["America/New_York"],
        "form": ["csv", "ndjson"],
    }


def call(entrance: Entrance, random: Random, given: str, tally: Tally) -> None:
    """One call: what it says is stored, or refused with an error of ours that has words."""
    begun = time.perf_counter()
    try:
        entrance(random)
    except Exception as error:  # noqa: BLE001  # whichever comes is what this is about
        tally.counts["Python, refused"] += 1
        if not is_ours(error):
            tally.wrong(f"{type(error).__name__}: {error!s:.200}", given)
    else:
        tally.counts["Python, taken"] += 1
    if connection.in_atomic_block:
        tally.wrong("a transaction is left open", given)
    tally.took(time.perf_counter() - begun, given)


def is_ours(error: Exception) -> bool:
    """Whether it is a refusal that says something, and no driver's or Python's own error."""
    is_named_here = type(error).__module__.partition(".")[0] in ("scheduler", "accounts")
    return bool(str(error)) and (is_named_here or isinstance(error, ValidationError))


def send(browser: Browser, request: Hostile, tally: Tally) -> int:
    """One request: an answer below 500, of a size that can be shown, and soon. Its status."""
    begun = time.perf_counter()
    try:
        answer = browser.send(request)
    except Exception as error:  # noqa: BLE001  # whichever comes is what this is about
        tally.wrong(f"{type(error).__name__}: {error!s:.200}", request)
        return HTTPStatus.INTERNAL_SERVER_ERROR
    tally.took(time.perf_counter() - begun, request)
    tally.counts[f"HTTP {answer.status}"] += 1
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        tally.wrong(f"HTTP {answer.status}", request)
    if answer.size > BYTES_AT_MOST:
        tally.wrong("an answer of over 3 MB", request)
    return answer.status


def look(browser: Browser, entrances: Entrances, random: Random, tally: Tally) -> None:
    """Every page of what was stored meanwhile, as a user would open it."""
    for path in pages(entrances, random):
        tally.counts["pages of what was stored"] += 1
        # A cycle of a policy that was replaced leads to the one that its start lies in.
        if send(browser, Hostile(path=path), tally) >= HTTPStatus.BAD_REQUEST:
            tally.wrong("a page of what was stored is not shown", path)


def pages(entrances: Entrances, random: Random) -> Iterator[str]:
    yield reverse("dashboard:services")
    for service in (entrances.coordinated, entrances.observed):
        for name in ("live", "history", "blocked", "runners"):
            yield reverse(f"dashboard:{name}", args=[service.slug])
        yield from newest(service, random)


def newest(service: Service, random: Random) -> Iterator[str]:
    """Pages of a few of the newest runners, runs and cycles."""
    runners = list(Runner.objects.filter(service=service).order_by("-pk")[:200])
    runs = list(Execution.objects.filter(service=service).order_by("-pk")[:200])
    for runner in random.sample(runners, min(4, len(runners))):
        yield reverse("dashboard:runner", args=[service.slug, runner.runner_id])
    for run in random.sample(runs, min(4, len(runs))):
        yield reverse("dashboard:execution", args=[service.slug, run.run_id])
        if run.cycle_start is not None:
            cycle_start = run.cycle_start.isoformat().replace("+00:00", "Z")
            yield reverse("dashboard:cycle", args=[service.slug, cycle_start])
