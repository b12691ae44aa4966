"""The scheduler's entry in Django's app registry."""

from django.apps import AppConfig


class SchedulerConfig(AppConfig):
    name = "scheduler"
