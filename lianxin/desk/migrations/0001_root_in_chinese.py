"""The top of Wagtail's tree is shown to editors; Wagtail calls it "Root"."""

from typing import Any

from django.db import migrations


def name_it(apps: Any, schema_editor: Any) -> None:
    """Give the root page a Chinese title."""
    apps.get_model("wagtailcore", "Page").objects.filter(depth=1, title="Root").update(title="全部站点", draft_title="全部站点")


class Migration(migrations.Migration):
    dependencies = [("wagtailcore", "0094_alter_page_locale")]
    operations = [migrations.RunPython(name_it, migrations.RunPython.noop)]
