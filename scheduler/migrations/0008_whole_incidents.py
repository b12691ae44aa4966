"""Cycles with incidents are summed up again: what they tell of a run is made from its whole length
now, and nothing is counted from what nobody watched."""

from django.db import migrations
from django.db.models import F

TOLD_TOGETHER = 500


def sum_up_again(apps, schema_editor):
    """One late change for each stretch of cycles with incidents that follow each other."""
    late_change = apps.get_model("scheduler", "LateChange")
    summaries = apps.get_model("scheduler", "CycleSummary").objects.filter(incident_count__gt=0)
    # What began before may have lost its rows: there, the summaries are the last word.
    kept = summaries.exclude(cycle_start__lt=F("service__pruned_until"))
    noted = []
    rows = kept.order_by("service_id", "cycle_start").values_list(
        "service_id", "cycle_start", "cycle_end"
    )
    for service_id, start, end in rows.iterator():
        last = noted[-1] if noted else None
        if last is not None and last.service_id == service_id and start <= last.end:
            last.end = max(last.end, end)
        else:
            noted.append(late_change(service_id=service_id, start=start, end=end))
    late_change.objects.bulk_create(noted, batch_size=TOLD_TOGETHER)


class Migration(migrations.Migration):
    dependencies = (("scheduler", "0007_sources"),)

    operations = (migrations.RunPython(sum_up_again, migrations.RunPython.noop),)
