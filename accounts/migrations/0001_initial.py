"""The tables of people; accounts that exist in Django's own table move into ours.

A database that was made before this app has its accounts in `auth_user`, a new one has no such
table: which of the two it is, the tables say. Everything is one transaction on both databases.
"""

from typing import Any

import django.contrib.auth.models
import django.contrib.auth.validators
import django.utils.timezone
from django.core.management.color import no_style
from django.db import migrations, models

# Old table → ours, and the columns they share.
_LINKS = ("id", "user_id")
MOVED = (
    (
        "auth_user",
        "accounts_user",
        (
            "id",
            "password",
            "last_login",
            "is_superuser",
            "username",
            "first_name",
            "last_name",
            "email",
            "is_staff",
            "is_active",
            "date_joined",
        ),
    ),
    ("auth_user_groups", "accounts_user_groups", (*_LINKS, "group_id")),
    (
        "auth_user_user_permissions",
        "accounts_user_user_permissions",
        (*_LINKS, "permission_id"),
    ),
)


def take_over(apps: Any, schema_editor: Any) -> None:
    """Move the accounts, with ids, passwords, groups and permissions: sessions go on as well."""
    if "auth_user" not in schema_editor.connection.introspection.table_names():
        return
    if schema_editor.connection.vendor == "postgresql":
        # Servers that still run may not write what would be left behind.
        tables = ", ".join(old for old, _, _ in MOVED)
        schema_editor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE", params=None)
    for old, new, columns in MOVED:
        _copy(schema_editor, old, new, columns)
    for old, _, _ in reversed(MOVED):
        schema_editor.execute(f"DROP TABLE {old}", params=None)
    _number_from_the_last(apps, schema_editor)
    # The permissions to change accounts, and who has them, are those of our table now.
    content_type = apps.get_model("contenttypes", "ContentType")
    alias = schema_editor.connection.alias
    content_type.objects.using(alias).filter(app_label="auth", model="user").update(
        app_label="accounts"
    )


def _copy(schema_editor: Any, old: str, new: str, columns: tuple[str, ...]) -> None:
    names = ", ".join(columns)
    if new == "accounts_user":
        into, values = f"{names}, must_change_password", f"{names}, %s"
        schema_editor.execute(
            f"INSERT INTO {new} ({into}) SELECT {values} FROM {old}",  # noqa: S608
            [False],
        )
    else:
        schema_editor.execute(
            f"INSERT INTO {new} ({names}) SELECT {names} FROM {old}",  # noqa: S608
            params=None,
        )


def _number_from_the_last(apps: Any, schema_editor: Any) -> None:
    """Ids were written, so that their sequences have to catch up."""
    user = apps.get_model("accounts", "User")
    tables = (user, user.groups.through, user.user_permissions.through)
    for statement in schema_editor.connection.ops.sequence_reset_sql(no_style(), tables):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptValue",
            fields=[
                ("cache_key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("value", models.TextField()),
                ("expires", models.DateTimeField(db_index=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                (
                    "first_name",
                    models.CharField(blank=True, max_length=150, verbose_name="first name"),
                ),
                (
                    "last_name",
                    models.CharField(blank=True, max_length=150, verbose_name="last name"),
                ),
                (
                    "email",
                    models.EmailField(blank=True, max_length=254, verbose_name="email address"),
                ),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="date joined"
                    ),
                ),
                ("must_change_password", models.BooleanField(default=False)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        # Backwards it would lose the accounts.
        migrations.RunPython(take_over),
    ]
