from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "lianxin.letters"
    label = "letters"
    verbose_name = "来信"

    def ready(self) -> None:
        """Make the kinds of this room known to the engine."""
        from lianxin.casework import kinds
        from lianxin.letters.kinds import board, mailbox

        kinds.register(mailbox())
        kinds.register(board())
