"""From when on the clock proposes supervision: two rules of the city's own, to be edited like the others."""

from datetime import date

from django.db import migrations

RULES = (
    ("V01", "黄牌", "超期满一个工作日，提示督查部门发黄牌督办单。", 1),
    ("V02", "红牌", "超期满五个工作日，提示督查部门发红牌督办单。", 5),
)


def load(apps, schema_editor):
    rule = apps.get_model("casework", "Rule")
    for code, title, text, threshold in RULES:
        values: dict = {"title": title, "text": text, "threshold": threshold, "unit": "WD", "start": "期限届满的次日"}
        values |= {"source": "本地办法（可修改）", "verified": "m", "closes": None}
        rule.objects.get_or_create(code=code, valid_from=date(2008, 1, 1), defaults=values)


class Migration(migrations.Migration):
    dependencies = [("supervision", "0001_initial"), ("casework", "0003_orders")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
