from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "lianxin.organisations"
    label = "organisations"
    verbose_name = "机构与人员"

    def ready(self) -> None:
        """Tell the floors below what follows from posts and from the names of units."""
        from lianxin.foundation.notify import register_administrators
        from lianxin.foundation.text import register_words
        from lianxin.identity.queries import register_second_factor_rule
        from lianxin.identity.registry import register_reader_description, register_reading_rule
        from lianxin.organisations import checks, jobs, queries, tags  # noqa: F401
        from lianxin.organisations.actions.citizens import may_look

        register_second_factor_rule(queries.role_needs_second_factor)
        register_reader_description(queries.unit_and_name)
        register_reading_rule(may_look)
        register_words(queries.words)
        register_administrators(queries.administrators)
