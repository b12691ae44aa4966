"""What the project itself adds to Django's registry: checks of its settings."""

from django.apps import AppConfig


class SlotwatchConfig(AppConfig):
    name = "slotwatch"
    default = True

    def ready(self) -> None:
        from slotwatch import checks

        checks.register()
