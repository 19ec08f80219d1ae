from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FoundationConfig(AppConfig):
    name = "lianxin.foundation"
    label = "foundation"
    verbose_name = "基础"

    def ready(self) -> None:
        from django.db.models import CharField

        from lianxin.foundation import checks, sms  # noqa: F401
        from lianxin.foundation.search import rebuild  # noqa: F401  (its jobs and those of updates)
        from lianxin.foundation.sqlite.lookups import StartsWith

        CharField.register_lookup(StartsWith)
        post_migrate.connect(_fill_calendar, sender=self)


def _fill_calendar(using: str, **kwargs: Any) -> None:
    """After every migration store the days off that the installed package knows; a newer package brings its new year."""
    from django.db import connections

    from lianxin.foundation import calendar
    from lianxin.foundation.models import CalendarDay

    if CalendarDay._meta.db_table in connections[using].introspection.table_names():
        calendar.fill_from_package()
