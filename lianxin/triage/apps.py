from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "lianxin.triage"
    label = "triage"
    verbose_name = "分办"
