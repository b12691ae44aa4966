"""What the project itself adds to Django's registry: settings checks and the first account."""

from django.apps import AppConfig


class SlotwatchConfig(AppConfig):
    name = "slotwatch"
    default = True

    def ready(self) -> None:
        from slotwatch import checks, operator

        checks.register()
        operator.connect()
