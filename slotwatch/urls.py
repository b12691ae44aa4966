"""Every address, by the part that answers it. The pages' own are in dashboard.urls."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from slotwatch import health

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("", include("dashboard.urls")),
]

handler400 = "dashboard.errors.bad_request"
handler403 = "dashboard.errors.permission_denied"
handler404 = "dashboard.errors.not_found"
handler500 = "dashboard.errors.server_error"
