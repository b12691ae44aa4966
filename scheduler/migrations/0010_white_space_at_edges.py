"""Texts of before lose the white space at their edges, as the door drops it now: what is told again
finds its row, and the link of a reason finds what it counts."""

from django.db import migrations


def strip_runner_ids(apps, schema_editor):
    runners = apps.get_model("scheduler", "Runner")
    for runner in runners.objects.only("runner_id", "host", "service_id").iterator(
        chunk_size=2_000
    ):
        kept, host = runner.runner_id.strip(), runner.host.strip()
        if (kept, host) == (runner.runner_id, runner.host):
            continue
        # Two that differ by blanks alone stay two: their histories can't be told apart afterwards.
        taken = runners.objects.filter(service_id=runner.service_id, runner_id=kept).exclude(
            pk=runner.pk
        )
        if not kept or taken.exists():
            kept = runner.runner_id
        runners.objects.filter(pk=runner.pk).update(runner_id=kept, host=host)


def strip_ids_of_open_runs(apps, schema_editor):
    """Of the others no more is told; their pages are found by their ids as they are."""
    executions = apps.get_model("scheduler", "Execution").objects
    for run in executions.filter(status="running").only("run_id", "service_id"):
        kept = run.run_id.strip()
        taken = executions.filter(service_id=run.service_id, run_id=kept)
        if kept and kept != run.run_id and not taken.exists():
            executions.filter(pk=run.pk).update(run_id=kept)


def strip_reasons(apps, schema_editor):
    executions = apps.get_model("scheduler", "Execution").objects
    summaries = apps.get_model("scheduler", "CycleSummary").objects
    told = executions.exclude(reason="").order_by().values_list("service_id", "reason").distinct()
    services = set()
    for service_id, reason in list(told):
        code = " ".join(reason.split())
        # A code of blanks alone stays: a blocked attempt has one.
        if code and code != reason:
            services.add(service_id)
            executions.filter(service_id=service_id, reason=reason).update(reason=code)
    rows = summaries.filter(service_id__in=services).exclude(blocked_by_reason={})
    for summary in rows.only("blocked_by_reason").iterator(chunk_size=2_000):
        counts = {}
        for reason, number in summary.blocked_by_reason.items():
            code = " ".join(reason.split()) or reason
            counts[code] = counts.get(code, 0) + number
        if counts != summary.blocked_by_reason:
            summaries.filter(pk=summary.pk).update(blocked_by_reason=counts)


class Migration(migrations.Migration):
    dependencies = [("scheduler", "0009_archived_and_deleted_services")]

    operations = [
        migrations.RunPython(each, migrations.RunPython.noop)
        for each in (strip_runner_ids, strip_ids_of_open_runs, strip_reasons)
    ]
