"""Accounts: one user model for staff and, later, citizens, made in the very first migration."""

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.utils import timezone


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

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="partner") | models.Q(expires_at__isnull=False), name="identity_partner_accounts_expire"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        """The person's name, as Wagtail shows it."""
        return str(self)

    def get_short_name(self) -> str:
        """The person's name; Chinese names are not shortened."""
        return str(self)

    @property
    def works_here(self) -> bool:
        """Whether the account belongs to staff or a partner (not a citizen) and has not ended."""
        return self.is_active and self.kind in (self.Kind.STAFF, self.Kind.PARTNER) and not self.has_expired

    @property
    def has_expired(self) -> bool:
        """Whether the account's last day has passed."""
        return self.expires_at is not None and self.expires_at <= timezone.now()
