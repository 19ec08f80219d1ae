"""What changed for the index: written with the change, worked off by the worker."""

from django.db import models


class IndexChange(models.Model):
    """A document that appeared, changed or went. It stays for some hours after the index has it: a rebuild that began before needs it."""

    source = models.CharField(max_length=32)
    number = models.PositiveBigIntegerField()
    done_at = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.source}:{self.number}"
