from django.apps import AppConfig


class HotlineConfig(AppConfig):
    name = "lianxin.hotline"
    label = "hotline"
    verbose_name = "12345热线"

    def ready(self) -> None:
        """Make the kind known to the engine, the channel to the pages where letters are written, blocks to the staff home."""
        from lianxin.casework import kinds
        from lianxin.hotline import jobs, own, today  # noqa: F401
        from lianxin.hotline.kinds import HOTLINE, NAME, hotline
        from lianxin.identity import registry
        from lianxin.letters import channels
        from lianxin.publishing.desk.blocks import register_blocks

        kinds.register(hotline())
        channels.register(channels.Channel(HOTLINE, choice=f"写给{NAME}（热线办的网上栏目，打电话和在这里写是一样的）"))
        register_blocks(today.blocks)
        registry.register_exporter("calls", own.export)
        registry.register_eraser(own.Calls())
