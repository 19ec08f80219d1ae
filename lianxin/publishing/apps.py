from django.apps import AppConfig


class PublishingConfig(AppConfig):
    name = "lianxin.publishing"
    label = "publishing"
    verbose_name = "信息发布"

    def ready(self) -> None:
        """Hook into what happens in the rooms below."""
        from lianxin.foundation.search import sources
        from lianxin.organisations import registry
        from lianxin.publishing import checks, jobs, permissions, search, signals  # noqa: F401
        from lianxin.publishing.actions import succession

        permissions.rule_the_explorer()
        sources.register(search.Articles())
        registry.register_succession(succession.pass_on)
        registry.register_merger(succession.merge)
        registry.register_posts_changed(succession.posts_changed)
