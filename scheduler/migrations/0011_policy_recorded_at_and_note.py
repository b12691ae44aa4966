from django.db import migrations, models
from django.db.models import Case, F, When
from django.utils import timezone


def recorded_when_in_force(apps, schema_editor):
    """A revision of before was stored, as far as anybody knows, when it came into force; one that
    is still to come, by now."""
    now = timezone.now()
    known = Case(When(effective_from__gt=now, then=now), default=F("effective_from"))
    apps.get_model("scheduler", "Policy").objects.update(recorded_at=known)


class Migration(migrations.Migration):
    dependencies = [
        ("scheduler", "0010_white_space_at_edges"),
    ]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="recorded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(recorded_when_in_force, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="policy",
            name="recorded_at",
            field=models.DateTimeField(),
        ),
        migrations.AddField(
            model_name="policy",
            name="note",
            field=models.CharField(blank=True, default="", max_length=500),
        ),
    ]
