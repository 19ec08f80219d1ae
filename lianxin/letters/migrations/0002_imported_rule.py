"""The limit that letters of an older mailbox had. It is a row like all rules, to be edited by the city; see ``letters.kinds.imported``."""

from datetime import date, time

from django.db import migrations

RULE = {
    "title": "导入的来信",
    "text": "从原来的信箱导入的来信，十五个工作日内答复；只用于这些来信的第一次答复",
    "threshold": 15,
    "unit": "WD",
    "start": "收到来信；下班后和休息日收到的，视为下一个工作日收到",
    "closes": time(17, 30),
    "source": "各地办法，转述（可修改）",
    "verified": "m",
}


def add_rule(apps, schema_editor):
    apps.get_model("casework", "Rule").objects.get_or_create(code="L02-IMPORTED", valid_from=date(1949, 1, 1), defaults=RULE)


class Migration(migrations.Migration):
    dependencies = [("letters", "0001_initial"), ("casework", "0003_orders")]

    operations = [migrations.RunPython(add_rule, migrations.RunPython.noop)]
