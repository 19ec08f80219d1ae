from django.apps import AppConfig


class FiguresConfig(AppConfig):
    name = "lianxin.figures"
    label = "figures"
    verbose_name = "数据"

    def ready(self) -> None:
        """Follow cases, bring the checks and jobs, the block of the staff home."""
        from lianxin.figures import checks, following, jobs, today  # noqa: F401
        from lianxin.publishing.desk.blocks import register_blocks

        register_blocks(today.blocks)
