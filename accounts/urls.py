"""The addresses of people. What else allauth could do has none."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.pages import ChangePassword, SignIn

urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", ChangePassword.as_view(), name="password"),
]
