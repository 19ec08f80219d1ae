from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "lianxin.letters"
    label = "letters"
    verbose_name = "来信"

    def ready(self) -> None:
        """Make the kinds known to the engine, public letters to search, own letters to the pages of citizens."""
        from lianxin.casework import kinds, rules
        from lianxin.foundation.search import sources
        from lianxin.identity import registry
        from lianxin.letters import channels, jobs, own, search, tags  # noqa: F401
        from lianxin.letters.kinds import IMPORTED_RULE, board, imported, mailbox

        for kind in (mailbox(), board()):
            kinds.register(kind)
            kinds.register(imported(kind))
            channels.register(channels.Channel(kind.code))
        rules.keep_inside(IMPORTED_RULE)
        sources.register(search.Letters())
        registry.register_my_place(own.place)
        registry.register_exporter("letters", own.export)
        registry.register_eraser(own.Letters())
