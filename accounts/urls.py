"""The addresses of people. What else allauth could do has none."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.methods import looks_and_attempts
from accounts.pages import ChangePassword, SignIn

urlpatterns = [
    path("login/", looks_and_attempts(SignIn.as_view()), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("password/", looks_and_attempts(ChangePassword.as_view()), name="password"),
]
