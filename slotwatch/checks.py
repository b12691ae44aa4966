"""System checks over what was read from the environment. The reading is `slotwatch.settings`'."""

import sys
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import checks
from django.core.exceptions import ValidationError

from slotwatch.environment import Problem


def register() -> None:
    # The tag by which commands that serve no page ask for these checks alone.
    checks.register(lambda **_: settings_errors(), "settings")


def settings_errors() -> list[checks.Error]:
    """Every variable that can't be used: what was read, and what to write instead."""
    return [*environment_errors(), *operator_errors()]


def require_usable_settings() -> None:
    """End the process, with a sentence for each variable that can't be used.

    Servers run no system checks by themselves, and must not start on settings that nobody meant.
    """
    if errors := settings_errors():
        sys.exit("\n".join(f"{error.msg} {error.hint}" for error in errors))


def environment_errors() -> Iterator[checks.Error]:
    problems: tuple[Problem, ...] = settings.SETTINGS_PROBLEMS
    for problem in problems:
        yield error(problem.code, f"{problem.variable} {problem.found}.", problem.instead)


def operator_errors() -> Iterator[checks.Error]:
    """The first account needs a name and a password that Django's validators accept."""
    username, password = settings.SLOTWATCH_OPERATOR_USERNAME, settings.SLOTWATCH_OPERATOR_PASSWORD
    # One alone makes no account, and whoever set it believes that there is one.
    if bool(username) != bool(password):
        given, missing = ("USERNAME", "PASSWORD") if username else ("PASSWORD", "USERNAME")
        yield error(
            "E006",
            f"SLOTWATCH_OPERATOR_{missing} is not set, but SLOTWATCH_OPERATOR_{given} is.",
            "Write both to have the first account made, or neither.",
        )
    elif password:
        try:
            validate_password(password)
        except ValidationError as refused:
            yield error(
                "E007",
                f"SLOTWATCH_OPERATOR_PASSWORD is too weak: {' '.join(refused.messages)}",
                "Write a longer one that nobody would guess.",
            )


def error(code: str, message: str, hint: str) -> checks.Error:
    return checks.Error(message, hint=hint, id=f"slotwatch.{code}")
