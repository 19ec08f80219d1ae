from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("publishing", "0004_lists_and_drafts_by_index"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [
        # The children of a home page are a few columns among all articles of its site: the explorer finds them by depth.
        migrations.RunSQL(
            "CREATE INDEX publishing_by_depth ON wagtailcore_page (depth, path)",
            "DROP INDEX publishing_by_depth",
        ),
    ]
