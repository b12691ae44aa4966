"""What the summaries did not tell: derived blocks, and how many blocks there were."""

from typing import Any

from django.db import migrations, models
from django.db.models import Min


def note_what_is_summed_up(apps: Any, schema_editor: Any) -> None:
    """Have the worker write the summaries anew, and the derived blocks with them.

    It works through them batch by batch beside what is due, as after a late report; judging them
    here would keep everybody waiting for the migration.
    """
    alias = schema_editor.connection.alias
    services = apps.get_model("scheduler", "Service").objects.using(alias)
    late_changes = apps.get_model("scheduler", "LateChange").objects.using(alias)
    summed_up = services.filter(summarised_until__isnull=False)
    for service in summed_up.annotate(first=Min("summaries__cycle_start")):
        if service.first is not None:
            end = max(service.first, service.summarised_until)
            late_changes.create(service=service, start=service.first, end=end)


class Migration(migrations.Migration):
    dependencies = [("scheduler", "0005_execution_history")]

    operations = [
        migrations.AddField(
            model_name="cyclesummary",
            name="block_count",
            field=models.IntegerField(default=0),
        ),
        migrations.RunPython(note_what_is_summed_up, migrations.RunPython.noop, elidable=True),
    ]
