"""Incidents are kept as facts: cycles that told them in sentences are summed up again.

Nothing is written here but what is to be done, so that nobody waits however many cycles there are:
the worker goes through them batch by batch, beside what is due. Until then, and for good where a
cycle's rows are pruned, an incident is told in as many words as can be made without its facts.
"""

from datetime import timedelta
from itertools import batched

from django.db import migrations
from django.db.models import F, Q

# So there are few stretches, however the cycles with incidents lie among the others.
JOINED_WITHIN = timedelta(hours=1)
READ_AT_ONCE = 5_000
WRITTEN_AT_ONCE = 1_000


def stretches(rows):
    """(service, first, last start) of cycles that begin within an hour of each other."""
    last = None
    for service_id, start in rows:
        if last is not None and last[0] == service_id and start - last[2] <= JOINED_WITHIN:
            last = (service_id, last[1], start)
            continue
        if last is not None:
            yield last
        last = (service_id, start, start)
    if last is not None:
        yield last


def sum_up_again(apps, schema_editor):
    """One late change for each stretch of cycles with incidents whose rows are kept."""
    late_changes = apps.get_model("scheduler", "LateChange").objects
    summaries = apps.get_model("scheduler", "CycleSummary").objects.filter(incident_count__gt=0)
    # Nothing could take the place of the others.
    pruned = F("service__pruned_until")
    kept = summaries.filter(Q(service__pruned_until=None) | Q(cycle_start__gte=pruned))
    rows = kept.order_by("service_id", "cycle_start").values_list("service_id", "cycle_start")
    found = stretches(rows.iterator(chunk_size=READ_AT_ONCE))
    for part in batched(found, WRITTEN_AT_ONCE):
        late_changes.bulk_create(
            late_changes.model(service_id=service_id, start=start, end=end)
            for service_id, start, end in part
        )


class Migration(migrations.Migration):
    dependencies = [("scheduler", "0011_policy_recorded_at_and_note")]

    operations = [migrations.RunPython(sum_up_again, migrations.RunPython.noop, elidable=True)]
