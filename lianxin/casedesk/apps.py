from django.apps import AppConfig


class CaseDeskConfig(AppConfig):
    name = "lianxin.casedesk"
    label = "casedesk"
    verbose_name = "办件"

    def ready(self) -> None:
        """Bring the blocks of the staff home, and hook in where units merge."""
        from lianxin.casedesk import actions, jobs, matters, today  # noqa: F401
        from lianxin.organisations import registry
        from lianxin.publishing.desk.blocks import register_blocks

        register_blocks(today.blocks)
        registry.register_merger(actions.unit_merges)
