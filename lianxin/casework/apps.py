from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "lianxin.casework"
    label = "casework"
    verbose_name = "办件"

    def ready(self) -> None:
        """Hook in below: mergers, leaving people, changes of the calendar; and what can be wrong."""
        from lianxin.casework import checks, jobs, queries  # noqa: F401
        from lianxin.casework.actions import succession
        from lianxin.foundation import calendar
        from lianxin.identity.registry import register_reading_rule
        from lianxin.organisations import registry

        register_reading_rule(queries.reading_rule)
        calendar.register_changed(jobs.calendar_changed)
        registry.register_merger(succession.unit_merges)
        registry.register_succession(succession.post_ends)
