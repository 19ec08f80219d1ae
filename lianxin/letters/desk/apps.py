from django.apps import AppConfig


class LettersDeskConfig(AppConfig):
    name = "lianxin.letters.desk"
    label = "letters_desk"
    verbose_name = "来信办理"

    def ready(self) -> None:
        """Bring the blocks of the staff home, and hook in where units merge."""
        from lianxin.letters.desk import actions, jobs, today  # noqa: F401
        from lianxin.organisations import registry
        from lianxin.publishing.desk.blocks import register_blocks

        register_blocks(today.blocks)
        registry.register_merger(actions.unit_merges)
