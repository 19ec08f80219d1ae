from django.apps import AppConfig


class PetitionsConfig(AppConfig):
    name = "lianxin.petitions"
    label = "petitions"
    verbose_name = "信访"

    def ready(self) -> None:
        """Make the kinds known to the engine and to the pages where petitioners follow them; deeds and notices to the page of a case."""
        from lianxin.casedesk.deeds import register_deed
        from lianxin.casedesk.links import register_links
        from lianxin.casework import kinds
        from lianxin.letters import channels
        from lianxin.petitions.deeds import DEEDS
        from lianxin.petitions.kinds import READ, all_kinds
        from lianxin.petitions.links import notices
        from lianxin.petitions.today import blocks
        from lianxin.publishing.desk.blocks import register_blocks

        for kind in all_kinds():
            kinds.register(kind)
            channels.register(channels.Channel(kind.code, is_read_here=kind.code in READ))
        for deed in DEEDS:
            register_deed(deed)
        register_links(notices)
        register_blocks(blocks)
