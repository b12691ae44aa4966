"""The app, and what it does once the tables are there: the first account."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default = True

    def ready(self) -> None:
        from accounts import first_account

        first_account.connect()
