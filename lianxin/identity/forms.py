"""Forms of the sign-in pages."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError

from lianxin.foundation.middleware import client_address
from lianxin.identity import actions
from lianxin.identity.errors import LockedOut
from lianxin.identity.models import SignInAttempt, User

_CODE_LIFE = 90  # seconds: three steps of 30, for as long as a code can be valid


def _word(field: forms.Field, label: str, when_missing: str, **attributes: Any) -> None:
    """Say in our words what a field of allauth is for, what to do when it is empty, and to the browser what belongs in it."""
    field.label, field.help_text = label, ""
    field.error_messages["required"] = when_missing
    field.widget.attrs = attributes


class SignInForm(account_forms.LoginForm):
    """Login name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self.fields["login"], "登录名", "请填写登录名。", autocomplete="username", autocapitalize="none", spellcheck="false", autofocus=True)
        _word(self.fields["password"], "密码", "请填写密码。", autocomplete="current-password")


class ChangePasswordForm(account_forms.ChangePasswordForm):
    """A new password, which the old one vouches for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self.fields["oldpassword"], "当前密码", "请填写当前密码。", autocomplete="current-password")
        _word(self.fields["password1"], "新密码", "请填写新密码。", autocomplete="new-password")
        _word(self.fields["password2"], "再输入一次新密码", "请再输入一次新密码。", autocomplete="new-password")

    def clean_oldpassword(self) -> str:
        """Verify the old password; guessing it counts as guessing at sign-in."""
        password: str = self.cleaned_data["oldpassword"]
        get_adapter(context.request).reauthenticate(self.user, password)
        return password

    def clean(self) -> dict[str, Any]:
        """Compare the two new passwords."""
        cleaned: dict[str, Any] = super(account_forms.PasswordVerificationMixin, self).clean()
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", "两次输入的新密码不一样。")
        return cleaned


class _CountedCode(mfa_forms.BaseAuthenticateForm):
    """A code whose failures count like wrong passwords, and which works once."""

    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "none", "autofocus": True}
        _word(self.fields["code"], "验证码", "请输入验证码。", **wanted)

    def clean_code(self) -> str:
        """Verify the code."""
        try:
            attempt = actions.begin_attempt(self.user.username, client_address(context.request) or "")
        except LockedOut as locked:
            raise ValidationError(str(locked)) from locked
        try:
            code: str = super().clean_code()
        except ValidationError:
            actions.settle_attempt(attempt, SignInAttempt.Outcome.WRONG_CODE)
            raise
        if self.authenticator.type == Authenticator.Type.TOTP and not cache.add(f"identity.code.{self.user.pk}.{code}", 1, timeout=_CODE_LIFE):
            actions.settle_attempt(attempt, SignInAttempt.Outcome.WRONG_CODE)
            raise ValidationError("这个验证码已经用过，请等验证器显示下一个。")
        actions.settle_attempt(attempt, SignInAttempt.Outcome.PASSED)
        return code


class CodeForm(_CountedCode, mfa_forms.AuthenticateForm):
    """The code asked for at sign-in."""


class ConfirmCodeForm(_CountedCode, mfa_forms.ReauthenticateForm):
    """The code asked for before something that matters."""


class EmailForm(forms.ModelForm):
    """The address for notifications, on the person's own page."""

    class Meta:
        model = User
        fields = ["email"]
        labels = {"email": "接收通知的邮箱"}
