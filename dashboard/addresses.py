"""How instants are written in addresses, and the addresses that several pages write."""

from datetime import UTC, datetime

from django.urls import reverse


def cycle_address(at: datetime) -> str:
    """An instant as it is written in addresses: ``2026-11-24T03:00:00Z``."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def cycle_url(slug: str, start: datetime) -> str:
    """The page of the cycle that begins at ``start``."""
    return reverse("dashboard:cycle", args=(slug, cycle_address(start)))
