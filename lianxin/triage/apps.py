from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "lianxin.triage"
    label = "triage"
    verbose_name = "分办"

    def ready(self) -> None:
        """Register the jobs and what ``lianxin check`` looks at."""
        from lianxin.triage import checks, jobs  # noqa: F401
