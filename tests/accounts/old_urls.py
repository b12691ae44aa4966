"""No address: only tables are made."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
