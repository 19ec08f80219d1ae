"""The chain's end, and triggers by which the database itself refuses to change or delete what the audit trail holds."""

from django.db import migrations

TABLE = "foundation_auditentry"
MESSAGE = "the audit trail is append-only"
GENESIS = "0" * 64


def make_head(apps, schema_editor):
    apps.get_model("foundation", "AuditHead").objects.get_or_create(pk=1, defaults={"seq": 0, "hash": GENESIS})


def add_guards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION foundation_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$"
        )
        schema_editor.execute(
            f"CREATE TRIGGER foundation_audit_guard BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION foundation_audit_refuse()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        schema_editor.execute(
            f"CREATE TRIGGER foundation_audit_guard_{deed.lower()} BEFORE {deed} ON {TABLE} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )


def drop_guards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER foundation_audit_guard ON {TABLE}")
        schema_editor.execute("DROP FUNCTION foundation_audit_refuse()")
        return
    for deed in ("update", "delete"):
        schema_editor.execute(f"DROP TRIGGER foundation_audit_guard_{deed}")


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial")]

    operations = [
        migrations.RunPython(make_head, migrations.RunPython.noop),
        migrations.RunPython(add_guards, drop_guards),
    ]
