"""How instants are written in addresses, and the addresses that several pages write."""

from datetime import UTC, datetime

from django.urls import reverse


def cycle_address(at: datetime) -> str:
    """An instant as it is written in addresses: ``2026-11-24T03:00:00Z``."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def cycle_url(slug: str, start: datetime) -> str:
    """The page of the cycle that begins at ``start``."""
    return reverse("dashboard:cycle", args=(slug, cycle_address(start)))


def execution_url(slug: str, run_id: str) -> str:
    """The page of one attempt."""
    return reverse("dashboard:execution", args=(slug, run_id))


def runner_url(slug: str, runner_id: str) -> str:
    """The page of one runner."""
    return reverse("dashboard:runner", args=(slug, runner_id))


def executions_url(slug: str) -> str:
    """What the addresses of all attempts begin with; there is no page."""
    return f"{reverse('dashboard:live', args=(slug,))}executions/"
