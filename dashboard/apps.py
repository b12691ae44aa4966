"""The dashboard's entry in Django's app registry."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"
