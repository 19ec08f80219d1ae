from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "lianxin.publishing"
    label = "publishing"
    verbose_name = "信息发布"

    def ready(self) -> None:
        from lianxin.publishing import checks, signals  # noqa: F401
