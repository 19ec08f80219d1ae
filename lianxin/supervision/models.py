"""The digest of a day for one person. Everything else about supervision is kept by the engine, as events of cases."""

from django.conf import settings
from django.db import models


class Digest(models.Model):
    """What one reader is told on one workday (民情): numbers and keys of rows, never a word of what was written. Can be made again."""

    day = models.DateField("日期")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    content = models.JSONField("内容", default=dict, help_text="As queries.digest.content makes it.")
    made_at = models.DateTimeField("生成时间")

    class Meta:
        verbose_name = "民情日报"
        verbose_name_plural = "民情日报"
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["day", "user"], name="supervision_one_digest_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.user_id}"
