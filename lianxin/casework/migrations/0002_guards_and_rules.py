"""The database itself refuses to change events; the rules of the field that set limits come as rows, to be edited by the city."""

import csv
from pathlib import Path

from django.db import migrations

from lianxin.foundation import guards

EVENTS = "casework_caseevent"
RULES = Path(__file__).parent.parent / "data" / "rules.csv"


def load_rules(apps, schema_editor):
    rule = apps.get_model("casework", "Rule")
    with RULES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values = {name: value if value != "" else None for name, value in row.items()}
            values["pauses"] = values["pauses"] or ""
            rule.objects.get_or_create(code=values.pop("code"), valid_from=values.pop("valid_from"), defaults=values)


class Migration(migrations.Migration):
    dependencies = [("casework", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: guards.add(schema_editor, EVENTS), lambda apps, schema_editor: guards.drop(schema_editor, EVENTS)
        ),
        migrations.RunPython(load_rules, migrations.RunPython.noop),
    ]
