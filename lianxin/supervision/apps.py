from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "lianxin.supervision"
    label = "supervision"
    verbose_name = "督查"

    def ready(self) -> None:
        """Make the kind known to the engine; deeds and papers to the page of a case, blocks to the staff home."""
        from lianxin.casedesk.deeds import register_deed
        from lianxin.casedesk.links import register_links
        from lianxin.casework import kinds, rules
        from lianxin.publishing.desk.blocks import register_blocks
        from lianxin.supervision import jobs, today  # noqa: F401
        from lianxin.supervision.deeds import DEEDS
        from lianxin.supervision.kinds import task
        from lianxin.supervision.links import papers
        from lianxin.supervision.queries import RULES

        kinds.register(task())
        rules.keep_inside(*RULES.values())
        for deed in DEEDS:
            register_deed(deed)
        register_links(papers)
        register_blocks(today.blocks)
