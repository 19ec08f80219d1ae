from django.apps import AppConfig


class LettersDeskConfig(AppConfig):
    name = "lianxin.letters.desk"
    label = "letters_desk"
    verbose_name = "来信办理"

    def ready(self) -> None:
        """Bring the blocks of the staff home."""
        from lianxin.letters.desk import today
        from lianxin.publishing.desk.blocks import register_blocks

        register_blocks(today.blocks)
