from django.apps import AppConfig


class HotlineConfig(AppConfig):
    name = "lianxin.hotline"
    label = "hotline"
    verbose_name = "12345热线"

    def ready(self) -> None:
        """Make the kind known to the engine, and the channel to the pages on which letters are written, followed and read."""
        from lianxin.casework import kinds
        from lianxin.hotline import jobs  # noqa: F401
        from lianxin.hotline.kinds import HOTLINE, NAME, hotline
        from lianxin.letters import channels

        kinds.register(hotline())
        channels.register(channels.Channel(HOTLINE, choice=f"写给{NAME}（热线办的网上栏目，打电话和在这里写是一样的）"))
