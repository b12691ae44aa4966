"""Signing in, choosing another password, and the page of too many attempts at either."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import LoginView, PasswordChangeView
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.forms import NewPasswordForm, SignInForm
from accounts.limits import seconds_to_wait
from accounts.models import User
from scheduler.words.durations import duration


class SignIn(LoginView):  # type: ignore[misc]  # it has no types
    """/login/: name and password, limited by address and by account."""

    form_class = SignInForm
    template_name = "accounts/login.html"

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        if form.has_error(NON_FIELD_ERRORS, code="too_many_login_attempts"):
            key = get_adapter().attempts_key(form.cleaned_data["login"])
            return too_many_attempts(self.request, key=key)
        answer: HttpResponse = super().form_invalid(form)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Without allauth's own links, to pages that have no address here."""
        context: dict[str, Any] = super(LoginView, self).get_context_data(**kwargs)
        return context


class ChangePassword(PasswordChangeView):  # type: ignore[misc]  # it has no types
    """/password/: another password, which who has a one-time one must choose."""

    form_class = NewPasswordForm
    template_name = "accounts/password.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user: User | AnonymousUser = request.user
        if user.is_authenticated and not user.has_usable_password():
            return render(request, "accounts/no_password.html", status=HTTPStatus.NOT_FOUND)
        # Before the form is saved, which takes the mark away.
        self.was_one_time = user.is_authenticated and user.must_change_password
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:
        if not self.was_one_time:
            messages.success(self.request, "Your password is changed.", extra_tags="password")
        answer: HttpResponse = super().form_valid(form)
        return answer

    def get_default_success_url(self) -> str:
        return "/" if self.was_one_time else reverse("password")


def too_many_attempts(request: HttpRequest, *, key: str | None = None) -> HttpResponse:
    """429: when to try again, in words and as `Retry-After`."""
    seconds = seconds_to_wait(request, key=key)
    context = {"wait": _wait(seconds), "until": timezone.now() + timedelta(seconds=seconds)}
    answer = render(
        request, "accounts/too_many_attempts.html", context, status=HTTPStatus.TOO_MANY_REQUESTS
    )
    answer["Retry-After"] = str(seconds)
    return answer


def _wait(seconds: int) -> str:
    """``40 s``, or in whole minutes where it is longer, rounded up: ``5 m``."""
    return duration(seconds if seconds <= 90 else -(-seconds // 60) * 60)
