"""What triage keeps: the tree of categories, words that a person looks at, what belongs elsewhere, what assignments have taught, texts to compare."""

from django.db import models
from django.db.models import Q

from lianxin.foundation.crypto import EncryptedTextField


class Category(models.Model):
    """A matter that letters are about, in a tree of at most three levels. One that is no longer used is switched off, never deleted."""

    code = models.CharField("代码", max_length=12, unique=True, help_text="上级的代码加两三位数字，如 010203")
    name = models.CharField("名称", max_length=40)
    parent = models.ForeignKey("self", verbose_name="上级", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    active = models.BooleanField("使用中", default=True)

    class Meta:
        verbose_name = "来信分类"
        verbose_name_plural = "来信分类"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="triage_category_name"),
            models.UniqueConstraint(fields=["name"], condition=Q(parent__isnull=True), name="triage_top_category_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Insult(models.Model):
    """A word for which a person looks at a letter before it is shown to anybody else. It refuses nothing."""

    word = models.CharField("用语", max_length=20, unique=True)
    active = models.BooleanField("使用中", default=True)

    class Meta:
        verbose_name = "不当用语"
        verbose_name_plural = "不当用语"
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word


class Elsewhere(models.Model):
    """A kind of matter that somebody else decides or must hear first, and where to turn with it (rule H05)."""

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("去处", max_length=60)
    words = models.TextField("提示词", help_text="每行一条；一行里用空格隔开的几个词须在同一句里出现")
    unless = models.TextField("排除词", blank=True, help_text="每行一条；出现时不提示")
    explanation = models.CharField("说明", max_length=300)
    phone = models.CharField("电话", max_length=50, blank=True)
    address = models.CharField("地址或网址", max_length=200, blank=True)
    urgent = models.BooleanField("紧急", default=False, help_text="人身安全优先：显示在最前，醒目")
    order = models.PositiveSmallIntegerField("排序", default=0)
    source = models.CharField("依据", max_length=200, blank=True)
    active = models.BooleanField("使用中", default=True)

    class Meta:
        verbose_name = "别处受理"
        verbose_name_plural = "别处受理"
        ordering = ["-urgent", "order", "code"]

    def __str__(self) -> str:
        return self.name


class Lesson(models.Model):
    """How many letters that a person gave to a unit or a category there are: one row for each of them."""

    class About(models.TextChoices):
        UNIT = "unit", "承办单位"
        CATEGORY = "category", "来信分类"

    about = models.CharField(max_length=10, choices=About.choices)
    subject = models.BigIntegerField()
    letters = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["about", "subject"], name="triage_lesson_subject")]

    def __str__(self) -> str:
        return f"{self.get_about_display()} {self.subject}：{self.letters} 件"


class WordCount(models.Model):
    """In how many letters of a lesson a word stands. Only words of the dictionary are counted, so that no name is ever among them."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="words")
    word = models.CharField(max_length=20)
    letters = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["word", "lesson"], name="triage_word_of_lesson")]

    def __str__(self) -> str:
        return f"{self.word}：{self.letters}"


class Matter(models.Model):
    """A text that others are compared with; its owner says what it is and whether everybody may see it.

    The text is kept encrypted, so that the index can be built anew; the index itself holds keyed digests of words and no text.
    """

    ref = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=30)
    public = models.BooleanField(default=False)
    facets = models.JSONField(default=dict)
    text = EncryptedTextField()
    turn = models.PositiveIntegerField(default=1)
    """Grows with every change: index and row agree when their turns do."""

    def __str__(self) -> str:
        return self.ref


class MatterChange(models.Model):
    """A matter that the index has to look at again: entered, changed or gone. Worked off and removed by the worker."""

    number = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.number)
