from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "lianxin.portal"
    label = "portal"
    verbose_name = "门户"

    def ready(self) -> None:
        """Follow changes of rules and of the calendar in every process, also in those that serve no page."""
        from lianxin.portal import duedate  # noqa: F401  (its receivers)
