"""What the national standard asks of a hotline: three rules, to be edited like the others."""

from datetime import date

from django.db import migrations

SOURCE = "《政府热线服务规范》（GB/T 33358-2016），转述（可修改）"
RULES = (
    ("H01-ANSWERED", "来电接听", "来电在十五秒内接听。", 15, "SE", "来电振铃"),
    ("H01-CONNECTED", "接通率", "每天接通率不低于百分之九十五。", 95, "PC", "每天零时"),
    ("H01-WEB", "网上受理", "网上写给热线的，二十四小时内受理。", 24, "HO", "收到来信"),
)


def load(apps, schema_editor):
    rule = apps.get_model("casework", "Rule")
    for code, title, text, threshold, unit, start in RULES:
        values = {"title": title, "text": text, "threshold": threshold, "unit": unit, "start": start, "source": SOURCE, "verified": "s"}
        rule.objects.get_or_create(code=code, valid_from=date(2017, 7, 1), defaults=values)


class Migration(migrations.Migration):
    dependencies = [("hotline", "0003_receipts"), ("casework", "0004_measures")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
