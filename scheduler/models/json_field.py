"""A field of JSON that every model here uses in the place of Django's."""

from typing import Any

from django.core.checks import CheckMessage
from django.db import models


class JsonField(models.JSONField):
    """Django's, whose check would open the database before the settings are known to be right.

    Both databases that Slotwatch runs on have JSON.
    """

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return super().check(**kwargs | {"databases": ()})

    # Migrations name Django's own field, and so outlive this one.
    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs
