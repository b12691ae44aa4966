"""The table behind the cache that all processes share (`accounts.shared_cache`)."""

from typing import ClassVar

from django.db import models


class KeptValue(models.Model):
    """One value of the cache. Its columns are those of Django's database cache, which writes them;
    it is a model so that `migrate` makes the table."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    # The index of what has expired.
    expires = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager["KeptValue"]] = models.Manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.cache_key
