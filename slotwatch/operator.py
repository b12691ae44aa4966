"""The first account, made from the environment after the tables are there."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User
from django.db import connections, transaction
from django.db.models.signals import post_migrate


def connect() -> None:
    # The scheduler's turn: Django has made that app's permissions by then (its receiver is older).
    post_migrate.connect(
        after_migrate, sender=apps.get_app_config("scheduler"), dispatch_uid="slotwatch.operator"
    )


def after_migrate(*, using: str, **_: Any) -> None:
    """Make the account, unless accounts have no table yet (a partial migration)."""
    if User._meta.db_table in connections[using].introspection.table_names():
        ensure_operator(using=using)


def ensure_operator(*, using: str = "default") -> User | None:
    """The account that may change things, made only where nobody may.

    None when the environment names none, somebody can already operate, or the name is taken: an
    account that somebody changed, or closed, is never set back.
    """
    username, password = settings.SLOTWATCH_OPERATOR_USERNAME, settings.SLOTWATCH_OPERATOR_PASSWORD
    if not (username and password) or somebody_operates(using):
        return None
    with transaction.atomic(using=using):
        user, made = User.objects.using(using).get_or_create(
            username=username, defaults={"is_staff": True, "password": make_password(password)}
        )
        if made:
            user.user_permissions.add(operate_permission(using))
    return user if made else None


def somebody_operates(using: str = "default") -> bool:
    """Whether an active user may change things: by permission, by group or as superuser."""
    return User.objects.with_perm("scheduler.operate").using(using).exists()


def operate_permission(using: str = "default") -> Permission:
    return Permission.objects.using(using).get(
        content_type__app_label="scheduler", codename="operate"
    )
