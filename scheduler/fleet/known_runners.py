"""Which runners there are: by id, by what somebody typed, and where each of them runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

from django.db.models import Q

from scheduler import door
from scheduler.models import Runner, Service

# Below the limits that databases have on the parameters of one statement.
IDS_ASKED = 500


def runners_called(services: Sequence[Service], runner_ids: Sequence[str]) -> tuple[Runner, ...]:
    """The runners of these services that have these ids."""
    if not runner_ids:
        return ()
    rows = Runner.objects.filter(service__in=services, runner_id__in=runner_ids)
    return tuple(rows.order_by("pk"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRunner:
    """A runner that was looked for. ``address`` is its host and process id, as far as told."""

    runner_id: str
    address: tuple[str, int | None]


def find_runners(services: Sequence[Service], typed: str, *, at_most: int) -> list[FoundRunner]:
    """The runners whose id, or host:pid, has what was typed in it; the first seen last, first.

    One that is in several services is one.
    """
    if not door.can_be_looked_up(typed):
        return []  # nobody is called so
    # As pages show an address. From the right: what is before the last colon is the host's.
    host, _, pid = typed.rpartition(":")
    called = Q(runner_id__icontains=typed) | Q(host__icontains=typed)
    # `isdecimal` takes the digits of every script; process ids are stored in one.
    if host and pid.isdecimal() and pid.isascii():
        called |= Q(host__iendswith=host, pid__startswith=pid)
    rows = Runner.objects.filter(called, service__in=services).order_by("-first_seen_at", "pk")
    found: dict[str, FoundRunner] = {}
    # Each is in a service once at most.
    told = rows.values_list("runner_id", "host", "pid")[: at_most * len(services)]
    for runner_id, of_host, of_pid in told:
        # The latest row tells where it is now.
        found.setdefault(runner_id, FoundRunner(runner_id=runner_id, address=(of_host, of_pid)))
    return list(found.values())[:at_most]


def runner_addresses_in(
    services: Sequence[Service], runner_ids: Iterable[str]
) -> dict[str, tuple[str, int | None]]:
    """`runner_addresses` of runners in some services."""
    wanted = set(runner_ids)
    if not wanted:
        return {}
    rows = Runner.objects.filter(service__in=services).exclude(host="")
    # More ids would pass the databases' limit on parameters; a fleet is read whole instead.
    if len(wanted) <= IDS_ASKED:
        rows = rows.filter(runner_id__in=wanted)
    told = rows.values_list("runner_id", "host", "pid")
    return {runner_id: (host, pid) for runner_id, host, pid in told if runner_id in wanted}


def addresses_by_service(
    runner_ids: Mapping[str, Iterable[str]],
) -> dict[str, dict[str, tuple[str, int | None]]]:
    """`runner_addresses` of a few runners of each of many services, by slug."""
    found: dict[str, dict[str, tuple[str, int | None]]] = {slug: {} for slug in runner_ids}
    wanted = sorted({each for ids in runner_ids.values() for each in ids})
    # All services at once: there may be hundreds of them, with a few ids each.
    for some in batched(wanted, IDS_ASKED):
        rows = Runner.objects.filter(runner_id__in=some).exclude(host="")
        for slug, runner_id, host, pid in rows.values_list(
            "service__slug", "runner_id", "host", "pid"
        ):
            # Another service may have a runner of that id.
            if slug in found:
                found[slug][runner_id] = (host, pid)
    return found


def runner_addresses(
    service: Service, runner_ids: Iterable[str]
) -> dict[str, tuple[str, int | None]]:
    """Host and process id, by runner id, of those of the runners that told their host."""
    return runner_addresses_in([service], runner_ids)
