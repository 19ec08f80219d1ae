"""What was taken over from elsewhere: each run of the command, where each article came from, what could not be taken over."""

from django.db import models

from lianxin.publishing.models.pages import ArticlePage


class ImportRun(models.Model):
    """One import of a file, folder or website. It goes on at ``position`` when it was cut short."""

    key = models.CharField(max_length=64, db_index=True, help_text="what is imported, and how: the same again is the same run until it is finished")
    name = models.CharField(max_length=255)
    site = models.ForeignKey("wagtailcore.Site", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    position = models.PositiveIntegerField(default=0, help_text="entries that are dealt with")
    imported = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class ImportFault(models.Model):
    """An entry that was not taken over, and why, in words for the person who will mend it."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="faults")
    number = models.PositiveIntegerField()
    place = models.CharField(max_length=500)
    title = models.CharField(max_length=255, blank=True)
    reason = models.TextField()
    duplicate = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.place


class Origin(models.Model):
    """Where an imported article came from, and the digest of its words by which its twin is known."""

    article = models.OneToOneField(ArticlePage, on_delete=models.CASCADE, related_name="origin")
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="origins")
    place = models.CharField(max_length=500)
    site = models.ForeignKey("wagtailcore.Site", on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "digest"], name="publishing_origin_once")]

    def __str__(self) -> str:
        return self.place
