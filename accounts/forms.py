"""The forms of signing in and of choosing another password."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from django.core.exceptions import ValidationError


class SignInForm(LoginForm):  # type: ignore[misc]  # it has no types
    """Allauth's, whose field `login` is called `username` on the page, as browsers know it."""

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else field_name


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]  # it has no types
    """Allauth's; the new password is another one, and no longer a one-time one."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        new = cleaned.get("password1")
        if new and new == cleaned.get("oldpassword"):
            self.add_error("password1", ValidationError("This is the present one: choose another."))
        return cleaned

    def save(self) -> None:
        self.user.must_change_password = False
        super().save()
