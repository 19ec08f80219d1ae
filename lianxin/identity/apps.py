from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "lianxin.identity"
    label = "identity"
    verbose_name = "账号"

    def ready(self) -> None:
        """Register the receivers and the checks of this room."""
        from lianxin.identity import channels, checks, jobs, signals  # noqa: F401
