"""A slot that a change took a part of is `replanned`, which was called `relaid` before.

The word stands in the kinds of slots that a summary keeps, and in no other value of it: a runner is
a number there. So one statement exchanges it, in every summary at once.
"""

from django.db import migrations

STATEMENTS = {
    "sqlite": """
        UPDATE scheduler_cyclesummary SET slots = replace(slots, '"{old}"', '"{new}"')
        WHERE slots LIKE '%"{old}"%'
    """,
    "postgresql": """
        UPDATE scheduler_cyclesummary SET slots = replace(slots::text, '"{old}"', '"{new}"')::jsonb
        WHERE slots::text LIKE '%"{old}"%'
    """,
}


def exchange(old, new):
    def run(apps, schema_editor):
        database = schema_editor.connection
        with database.cursor() as cursor:
            cursor.execute(STATEMENTS[database.vendor].format(old=old, new=new))

    return run


class Migration(migrations.Migration):
    dependencies = [("scheduler", "0012_incident_facts")]

    operations = [
        migrations.RunPython(exchange("relaid", "replanned"), exchange("replanned", "relaid")),
    ]
