"""History: its indexes, lengths that the database works out, acknowledgements, retention."""

import django.db.models.deletion
from django.db import migrations, models

import scheduler.models.lengths


class Migration(migrations.Migration):
    dependencies = [
        ("scheduler", "0004_clock_offset"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="execution",
            name="execution_once_a_run",
        ),
        migrations.RemoveIndex(
            model_name="execution",
            name="execution_by_status",
        ),
        migrations.RemoveIndex(
            model_name="execution",
            name="execution_by_runner",
        ),
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("acknowledged_by", models.CharField(max_length=200)),
                ("acknowledged_at", models.DateTimeField()),
                ("note", models.TextField()),
                ("block_count", models.IntegerField()),
                ("undone_by", models.CharField(blank=True, default="", max_length=200)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="DerivedBlock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cycle_start", models.DateTimeField()),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=200)),
                ("prior_run_id", models.CharField(blank=True, default="", max_length=200)),
                ("runner_position", models.IntegerField()),
                ("stable_runner_count", models.IntegerField()),
                ("slot_start", models.DateTimeField(blank=True, null=True)),
                ("slot_end", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="service",
            name="keep_days",
            field=models.FloatField(blank=True, default=90.0, null=True),
        ),
        migrations.AddField(
            model_name="service",
            name="keep_executions",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="service",
            name="keep_summary_days",
            field=models.FloatField(blank=True, default=400.0, null=True),
        ),
        migrations.AddField(
            model_name="service",
            name="pruned_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        # Its index goes, and PostgreSQL's schema editor takes for it whatever lies on that column
        # alone: this constraint too.
        migrations.RemoveConstraint(model_name="execution", name="execution_one_running"),
        migrations.AlterField(
            model_name="execution",
            name="service",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="executions",
                to="scheduler.service",
            ),
        ),
        migrations.AddConstraint(
            model_name="execution",
            constraint=models.UniqueConstraint(
                condition=models.Q(("origin", "claimed"), ("status", "running")),
                fields=("service",),
                name="execution_one_running",
            ),
        ),
        migrations.AddField(
            model_name="acknowledgement",
            name="service",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="acknowledgements",
                to="scheduler.service",
            ),
        ),
        migrations.AddField(
            model_name="execution",
            name="acknowledgement",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="executions",
                to="scheduler.acknowledgement",
            ),
        ),
        migrations.AddField(
            model_name="derivedblock",
            name="acknowledgement",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="derived_blocks",
                to="scheduler.acknowledgement",
            ),
        ),
        migrations.AddField(
            model_name="derivedblock",
            name="runner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="derived_blocks",
                to="scheduler.runner",
            ),
        ),
        migrations.AddField(
            model_name="derivedblock",
            name="service",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="derived_blocks",
                to="scheduler.service",
            ),
        ),
        migrations.AddField(
            model_name="execution",
            name="duration_us",
            field=models.GeneratedField(
                db_persist=True,
                expression=scheduler.models.lengths.Microseconds("started_at", "ended_at"),
                output_field=models.BigIntegerField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="execution",
            name="reach_class",
            field=models.GeneratedField(
                db_persist=True,
                expression=scheduler.models.lengths.ReachClass(
                    "started_at", "ended_at", "last_attempt_at"
                ),
                output_field=models.SmallIntegerField(null=True),
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("keep_days", None), ("keep_days__gt", 0), _connector="OR"),
                    models.Q(
                        ("keep_executions", None), ("keep_executions__gt", 0), _connector="OR"
                    ),
                    models.Q(
                        ("keep_summary_days", None), ("keep_summary_days__gt", 0), _connector="OR"
                    ),
                ),
                name="service_keeps_something",
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                fields=["service", "-duration_us", "-id"], name="execution_by_duration"
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("reach_class__isnull", False)),
                fields=["service", "reach_class", "-started_at"],
                name="execution_by_reach",
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                fields=["service", "runner", "-started_at", "-id"], name="execution_by_runner"
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                fields=["service", "status", "-started_at", "-id"], name="execution_by_status"
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("reason", ""), _negated=True),
                fields=["service", "reason", "-started_at", "-id"],
                name="execution_by_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("reason", ""), _negated=True),
                fields=["service", "runner", "reason", "-started_at", "-id"],
                name="execution_by_runner_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("acknowledgement", None), ("status", "blocked")),
                fields=["service", "-started_at", "-id"],
                name="execution_unacknowledged",
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("acknowledgement__isnull", False)),
                fields=["acknowledgement"],
                name="execution_acknowledged",
            ),
        ),
        migrations.AddConstraint(
            model_name="execution",
            constraint=models.UniqueConstraint(
                fields=("service", "run_id"),
                name="execution_once_a_run",
                opclasses=("int8_ops", "varchar_pattern_ops"),
            ),
        ),
        migrations.AddIndex(
            model_name="acknowledgement",
            index=models.Index(
                fields=["service", "-acknowledged_at"], name="acknowledgement_latest"
            ),
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("acknowledged_by", ""), _negated=True),
                    models.Q(("note", ""), _negated=True),
                ),
                name="acknowledgement_says_who_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at", None), ("undone_by", "")),
                    models.Q(
                        ("undone_at__isnull", False), models.Q(("undone_by", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="acknowledgement_undone_by_someone",
            ),
        ),
        migrations.AddIndex(
            model_name="derivedblock",
            index=models.Index(
                fields=["service", "-started_at", "-id"], name="derived_block_by_start"
            ),
        ),
        migrations.AddIndex(
            model_name="derivedblock",
            index=models.Index(
                fields=["service", "runner", "-started_at", "-id"],
                name="derived_block_by_runner",
            ),
        ),
        migrations.AddIndex(
            model_name="derivedblock",
            index=models.Index(
                fields=["service", "runner", "reason", "-started_at", "-id"],
                name="derived_block_by_runner_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="derivedblock",
            index=models.Index(
                fields=["service", "reason", "-started_at", "-id"], name="derived_block_by_reason"
            ),
        ),
        migrations.AddIndex(
            model_name="derivedblock",
            index=models.Index(
                condition=models.Q(("acknowledgement", None)),
                fields=["service", "-started_at", "-id"],
                name="derived_block_unacknowledged",
            ),
        ),
        migrations.AddIndex(
            model_name="derivedblock",
            index=models.Index(
                condition=models.Q(("acknowledgement__isnull", False)),
                fields=["acknowledgement"],
                name="derived_block_acknowledged",
            ),
        ),
        migrations.AddConstraint(
            model_name="derivedblock",
            constraint=models.UniqueConstraint(
                fields=("service", "cycle_start", "runner", "started_at"), name="derived_block_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="derivedblock",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="derived_block_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="derivedblock",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at__gte", models.F("started_at"))),
                name="derived_block_ends_after_start",
            ),
        ),
    ]
