"""Every address, by the part that answers it: those of people and of pages are their apps' own."""

from django.urls import include, path

from slotwatch import health

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("", include("accounts.urls")),
    path("", include("dashboard.urls")),
]

handler400 = "dashboard.web.errors.bad_request"
handler403 = "dashboard.web.errors.permission_denied"
handler404 = "dashboard.web.errors.not_found"
# Allauth finds it by this name.
handler429 = "accounts.pages.too_many_attempts"
handler500 = "dashboard.web.errors.server_error"
