"""Accounts: one user model for staff and, later, citizens, made in the very first migration."""

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac


class UserManager(DjangoUserManager["User"]):
    """Makes accounts; superusers are staff."""

    def _create_user_object(self, username: str, email: str | None, password: str | None, **extra: object) -> "User":
        user = self.model(username=self.model.normalize_username(username), email=self.normalize_email(email), **extra)
        user.set_password(password)
        return user

    def create_superuser(self, username: str, email: str | None = None, password: str | None = None, **extra: object) -> "User":
        """Make the administrator's account."""
        return super().create_superuser(username, email, password, **{"kind": User.Kind.STAFF, **extra})


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What a member of staff may do follows from the posts held (organisations.Post), never from here."""

    class Kind(models.TextChoices):
        STAFF = "staff", "工作人员"
        PARTNER = "partner", "合作人员"
        CITIZEN = "citizen", "市民"
        ENTERPRISE = "enterprise", "企业"

    username = models.CharField("登录名", max_length=64, unique=True, error_messages={"unique": "这个登录名已有人使用，请换一个。"})
    name = models.CharField("姓名", max_length=64)
    email = models.EmailField("邮箱", blank=True)
    kind = models.CharField("类型", max_length=16, choices=Kind.choices, default=Kind.STAFF, db_index=True)
    is_active = models.BooleanField("可以登录", default=True)
    is_staff = models.BooleanField("可进入工作台", default=False)
    expires_at = models.DateTimeField("到期时间", null=True, blank=True, help_text="合作人员必须填写，到期后不能登录")
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    password_changed_at = models.DateTimeField("密码更改时间", default=timezone.now)
    date_joined = models.DateTimeField("开户时间", default=timezone.now)
    demo_account = models.BooleanField("演示账号", default=False, editable=False, help_text="随演示数据建立，不要求第二重验证")
    session_generation = models.PositiveIntegerField("会话代次", default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"
        constraints = [
            models.CheckConstraint(condition=~models.Q(kind="partner") | models.Q(expires_at__isnull=False), name="identity_partner_accounts_expire"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        """The person's name, as Wagtail shows it."""
        return str(self)

    def get_short_name(self) -> str:
        """The person's name; Chinese names are not shortened."""
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # The generation is part of the hash, so that raising it ends every session of the account at once, without looking for them.
        key_salt = "lianxin.identity.User.get_session_auth_hash"
        return salted_hmac(key_salt, f"{self.password}:{self.session_generation}", secret=secret, algorithm="sha256").hexdigest()

    @property
    def first_name(self) -> str:
        """The person's name under the word that Wagtail's sidebar asks for."""
        return str(self)

    @property
    def works_here(self) -> bool:
        """Whether the account belongs to staff or a partner (not a citizen) and has not ended."""
        return self.is_active and self.kind in (self.Kind.STAFF, self.Kind.PARTNER) and not self.has_expired

    @property
    def has_expired(self) -> bool:
        """Whether the account's last day has passed."""
        return self.expires_at is not None and self.expires_at <= timezone.now()


class PasswordRecord(models.Model):
    """The hash of a password that an account had, kept so that the last few are not used again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_records")
    password = models.CharField(max_length=128)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-recorded_at", "-id"]
        indexes = [models.Index(fields=["user", "-recorded_at"])]

    def __str__(self) -> str:
        return f"{self.user} {self.recorded_at:%Y-%m-%d}"


class SignInAttempt(models.Model):
    """One try to sign in and what came of it: the sign-in log that 等保 asks to keep for six months.

    The name typed is kept as a keyed hash only, as people type their password into the wrong field.
    """

    class Outcome(models.TextChoices):
        STARTED = "started", "已提交"
        PASSED = "passed", "密码正确"
        SUCCESS = "success", "登录成功"
        WRONG_PASSWORD = "wrong_password", "登录名或密码不对"
        WRONG_CODE = "wrong_code", "验证码不对"
        LOCKED = "locked", "锁定中"
        ENDED = "ended", "账号已停用或到期"

    user = models.ForeignKey(User, verbose_name="账号", null=True, blank=True, on_delete=models.SET_NULL, related_name="sign_in_attempts")
    account_key = models.CharField(max_length=64, db_index=True)
    address = models.CharField("地址", max_length=45)
    outcome = models.CharField("结果", max_length=20, choices=Outcome.choices, default=Outcome.STARTED)
    at = models.DateTimeField("时间", default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "登录记录"
        verbose_name_plural = "登录记录"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_outcome_display()}"


class Lockout(models.Model):
    """The count of failed tries for an account or an address, and until when it is locked. One row each, so that processes agree."""

    class Scope(models.TextChoices):
        ACCOUNT = "account", "账号"
        ADDRESS = "address", "地址"

    scope = models.CharField("范围", max_length=10, choices=Scope.choices)
    key = models.CharField("对象", max_length=64)
    user = models.ForeignKey(User, verbose_name="账号", null=True, blank=True, on_delete=models.CASCADE, related_name="lockouts")
    failures = models.PositiveIntegerField("连续失败", default=0)
    last_failure_at = models.DateTimeField("最近失败", null=True, blank=True)
    locked_until = models.DateTimeField("锁定至", null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = "登录锁定"
        verbose_name_plural = "登录锁定"
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="identity_one_lockout_each")]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} {self.user or self.key}"
