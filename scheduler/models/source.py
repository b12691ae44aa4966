"""What an observed service is watched from: one app, in one store."""

from typing import ClassVar

from django.db import models

from scheduler.models.json_field import JsonField
from scheduler.models.service import Service


class Source(models.Model):
    """The app that a collector records under this service; another one is refused.

    ``store`` is where the app keeps its state: a file's absolute path, or an address without
    passwords. ``notices`` are sentences that its collector has to say on the pages.
    """

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="source")
    kind = models.CharField(max_length=40)
    app_id = models.TextField()
    store = models.TextField()
    since = models.DateTimeField()
    notices = JsonField(default=list)

    objects: ClassVar[models.Manager["Source"]] = models.Manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.app_id} in {self.store}"
