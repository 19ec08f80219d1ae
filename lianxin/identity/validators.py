"""Rules for passwords of staff: presets of 等保 level 3. Settings replace them (AUTH_PASSWORD_VALIDATORS)."""

import string

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError

from lianxin.identity.models import PasswordRecord, User


class LengthAndClasses:
    """At least ten signs, of three of the four classes: capitals, small letters, digits, all others (Chinese included)."""

    def __init__(self, length: int = 10, classes: int = 3) -> None:
        self.length, self.classes = length, classes

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ``ValidationError`` when the password is too short or too plain."""
        if len(password) < self.length:
            raise ValidationError(f"密码至少 {self.length} 个字符，现在是 {len(password)} 个。", code="password_too_short")
        found = (
            any(sign in string.ascii_uppercase for sign in password)
            + any(sign in string.ascii_lowercase for sign in password)
            + any(sign.isdigit() for sign in password)
            + any(sign not in string.ascii_letters and not sign.isdigit() for sign in password)
        )
        if found < self.classes:
            raise ValidationError(f"请在大写字母、小写字母、数字、符号中至少用 {self.classes} 类，现在只有 {found} 类。", code="password_too_plain")

    def get_help_text(self) -> str:
        """What to do, for the form."""
        return f"至少 {self.length} 个字符，大写字母、小写字母、数字、符号中至少 {self.classes} 类。"


class NotTheName:
    """The password holds neither the login name nor the person's name."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ``ValidationError`` when a name is in the password."""
        if user is None:
            return
        names = [name.lower() for name in (user.username, user.name, user.email.partition("@")[0]) if len(name) > 1]
        if any(name in password.lower() for name in names):
            raise ValidationError("密码里不要出现登录名、姓名或邮箱名。", code="password_is_name")

    def get_help_text(self) -> str:
        """What to do, for the form."""
        return "不含登录名、姓名和邮箱名。"


class NotRecent:
    """The password is none of the last few of this account, nor the present one."""

    def __init__(self, count: int = 5) -> None:
        self.count = count

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ``ValidationError`` when the password was used lately."""
        if user is None or user.pk is None:
            return
        used = {user.password, *PasswordRecord.objects.filter(user=user).values_list("password", flat=True)[: self.count]}
        if any(check_password(password, encoded) for encoded in used):
            raise ValidationError(f"这个密码最近用过，请换一个（不能与最近 {self.count} 次相同）。", code="password_used")

    def get_help_text(self) -> str:
        """What to do, for the form."""
        return f"不与最近 {self.count} 次用过的相同。"
