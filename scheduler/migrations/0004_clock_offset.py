"""A clock's offset comes with its uncertainty and the instant at which it was measured.

Offsets without an instant are forgotten: nobody can tell how old they are, and the next heartbeat
that carries a time brings another.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def forget_undated_offsets(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    runners = apps.get_model("scheduler", "Runner").objects.using(schema_editor.connection.alias)
    runners.exclude(clock_offset_seconds=None).update(clock_offset_seconds=None)


class Migration(migrations.Migration):
    dependencies = [
        ("scheduler", "0003_cycle_summary"),
    ]

    operations = [
        migrations.RunPython(forget_undated_offsets, migrations.RunPython.noop),
        migrations.AddField(
            model_name="runner",
            name="clock_measured_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="runner",
            name="clock_uncertainty_seconds",
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="runner",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("clock_measured_at", None),
                    ("clock_offset_seconds", None),
                    ("clock_uncertainty_seconds", None),
                )
                | models.Q(
                    ("clock_measured_at__isnull", False),
                    ("clock_offset_seconds__isnull", False),
                    models.Q(
                        ("clock_uncertainty_seconds", None),
                        ("clock_uncertainty_seconds__gte", 0),
                        _connector="OR",
                    ),
                ),
                name="runner_clock_is_measured",
            ),
        ),
    ]
