"""Citizens and enterprises: how well they are known, and, in a table apart, what they are called and how they are reached."""

from django.db import models
from django.utils import timezone

from lianxin.foundation.crypto import BlindIndexField, EncryptedTextField
from lianxin.identity.models.accounts import User


class Level(models.IntegerChoices):
    """How well the city knows who somebody is. Rooms compare: ``level >= Level.TELEPHONE``."""

    NONE = 0, "未核验"
    TELEPHONE = 1, "手机号已核验"
    REAL_NAME = 2, "实名已核验"


class Citizen(models.Model):
    """What is known of a citizen's or an enterprise's account and is no personal data. ``queries.level_of`` tells the level in force."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="citizen")
    level = models.PositiveSmallIntegerField("身份级别", choices=Level.choices, default=Level.NONE)
    is_minor = models.BooleanField("不满十四周岁", default=False, help_text="须有监护人同意才能办事（个人信息保护法第三十一条）")
    real_name_at = models.DateTimeField("实名核验时间", null=True, blank=True)
    real_name_by = models.CharField("核验方式", max_length=20, blank=True)
    sms_notices = models.BooleanField("用短信通知", default=True)
    signed_up_at = models.DateTimeField("注册时间", default=timezone.now)

    class Meta:
        verbose_name = "市民账号"
        verbose_name_plural = "市民账号"

    def __str__(self) -> str:
        return f"{self.user}（{self.get_level_display()}）"


class PersonalData(models.Model):
    """Names, numbers, telephones, each encrypted. Read by ``actions.read_personal_data`` alone, which keeps a log of it.

    No way leads here from the account (``related_name="+"``), so that nobody reads it by the way.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField("类型", max_length=16, choices=User.Kind.choices)
    telephone = EncryptedTextField("手机号")
    telephone_index = BlindIndexField(source="telephone", purpose="telephone")
    display_name = EncryptedTextField("称呼", blank=True)
    real_name = EncryptedTextField("姓名", blank=True)
    identity_number = EncryptedTextField("身份证号", blank=True)
    identity_index = BlindIndexField(source="identity_number", purpose="identity")
    enterprise_name = EncryptedTextField("企业名称", blank=True)
    enterprise_code = EncryptedTextField("统一社会信用代码", blank=True)
    enterprise_index = BlindIndexField(source="enterprise_code", purpose="enterprise", db_index=True)
    changed_at = models.DateTimeField("更新时间", default=timezone.now)

    class Meta:
        verbose_name = "个人信息"
        verbose_name_plural = "个人信息"
        constraints = [
            models.UniqueConstraint(fields=["kind", "telephone_index"], name="identity_one_account_per_telephone"),
            # One person may act for several enterprises, but has one account as a citizen.
            models.UniqueConstraint(fields=["identity_index"], condition=models.Q(kind="citizen"), name="identity_one_citizen_per_number"),
        ]

    def __str__(self) -> str:
        return f"个人信息 {self.pk}"


class PersonKey(models.Model):
    """A key of one person, account or not, for data that cannot be deleted row by row (``identity.sealing``). Destroyed, they stay shut."""

    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person_key")
    secret = EncryptedTextField(null=True)
    made_at = models.DateTimeField(default=timezone.now)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "个人密钥"
        verbose_name_plural = "个人密钥"
        constraints = [
            models.CheckConstraint(condition=models.Q(secret__isnull=False) ^ models.Q(destroyed_at__isnull=False), name="identity_key_or_its_end")
        ]

    def __str__(self) -> str:
        return f"个人密钥 {self.pk}"
