"""The first account: from the environment, or made up with a one-time password."""

import secrets
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.db import connections, transaction
from django.db.models import Q
from django.db.models.signals import post_migrate

from accounts.models import User

NAME = "operator"
# No letter or digit that looks like another one.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_GROUPS, _LETTERS = 4, 5


class FirstAccount(NamedTuple):
    """What its owner is told, once."""

    username: str
    one_time_password: str


def connect() -> None:
    # The scheduler's turn: Django has made that app's permissions by then (its receiver is older).
    post_migrate.connect(
        after_migrate, sender=apps.get_app_config("scheduler"), dispatch_uid="accounts.first"
    )


def after_migrate(*, using: str, **_: Any) -> None:
    """Make the account, unless accounts have no table yet (a partial migration)."""
    if User._meta.db_table in connections[using].introspection.table_names():
        ensure_operator(using=using)


def ensure_operator(*, using: str = "default") -> User | None:
    """The account that the environment names, made only where nobody may operate.

    None when the environment names none, somebody can already operate, or the name is taken: an
    account that somebody changed, or closed, is never set back.
    """
    username, password = settings.SLOTWATCH_OPERATOR_USERNAME, settings.SLOTWATCH_OPERATOR_PASSWORD
    if not (username and password) or somebody_operates(using):
        return None
    user, made = _operator_called(username, password, using=using)
    return user if made else None


def make_first_account() -> FirstAccount | None:
    """An account with a one-time password, where nobody can operate yet; else None.

    One that was made so and that nobody ever signed in with gets another password: the first one
    can't be read again.
    """
    password = one_time_password()
    with transaction.atomic():
        unused = _unused()
        if unused is not None:
            unused.password = make_password(password)
            unused.save(update_fields=("password",))
            return FirstAccount(unused.username, password)
        if somebody_operates():
            return None
        user, made = _operator_called(_free_name(), password, must_change_password=True)
    return FirstAccount(user.username, password) if made else None


def one_time_password() -> str:
    """A password of 100 bits that can be read out and typed: ``k7mqx-2vp9h-dtw4r-n3bcf``."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS)
    )


def somebody_operates(using: str = "default") -> bool:
    """Whether an active user may change things: by permission, by group or as superuser."""
    return User.objects.with_perm("scheduler.operate").using(using).exists()


def operate_permission(using: str = "default") -> Permission:
    return Permission.objects.using(using).get(
        content_type__app_label="scheduler", codename="operate"
    )


def _unused() -> User | None:
    """The account made up here, whatever its name became, while nobody has signed in with it and
    nobody else can operate."""
    operators = User.objects.with_perm("scheduler.operate")
    made_up = Q(must_change_password=True, last_login=None)
    if operators.exclude(made_up).exists():
        return None
    return operators.filter(made_up).select_for_update(of=("self",)).order_by("pk").first()


def _free_name() -> str:
    """The first account's name; another one where somebody is called so who may not operate."""
    taken = set(User.objects.filter(username__startswith=NAME).values_list("username", flat=True))
    # One name more than are taken: one of them is free.
    names = (f"{NAME}-{number}" if number else NAME for number in range(len(taken) + 1))
    return next(name for name in names if name not in taken)


def _operator_called(
    username: str, password: str, *, using: str = "default", **fields: Any
) -> tuple[User, bool]:
    with transaction.atomic(using=using):
        user, made = User.objects.using(using).get_or_create(
            username=username,
            defaults={"is_staff": True, "password": make_password(password), **fields},
        )
        if made:
            user.user_permissions.add(operate_permission(using))
    return user, made
