"""How allauth behaves in this house: no sign-up, our own counting of failures, Chinese sentences, secrets encrypted."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from lianxin.foundation.middleware import client_address
from lianxin.identity import actions, queries, sessions
from lianxin.identity.models import User

# What allauth says in passing and we want said; its other messages are left out, as the next page shows what happened.
_SENTENCES = {
    "account/messages/password_changed.txt": "密码已修改，其他设备上的登录已全部退出。",
    "mfa/messages/totp_activated.txt": "验证器已启用。下次登录时请输入验证器上的 6 位数字。",
    "mfa/messages/totp_deactivated.txt": "验证器已停用。",
    "mfa/messages/webauthn_added.txt": "通行密钥已添加。",
    "mfa/messages/webauthn_removed.txt": "通行密钥已移除。",
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in of staff."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "登录名或密码不对。",
        "too_many_login_attempts": "尝试次数过多，请稍后再试。",
        "incorrect_password": "密码不对，请再输入一次。",
        "enter_current_password": "当前密码不对，请再输入一次。",
        "incorrect_code": "验证没有通过。验证码每 30 秒一换，请照现在显示的输入；恢复码每个只能用一次。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts of staff are opened by their unit."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Verify a password; what the backend has to say about a failure becomes the form's error."""
        user = authenticate(request, **credentials)
        if user is None:
            raise ValidationError(getattr(request, "sign_in_refusal", str(self.error_messages["username_password_mismatch"])))
        return user

    def reauthenticate(self, user: User, password: str) -> bool:
        """Verify the password of somebody who is in; failures count as at sign-in."""
        verified = self.authenticate(self.request, username=user.username, password=password)
        return verified is not None and verified.pk == user.pk

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Stop accounts that have ended, whatever way they came (a passkey asks for no password)."""
        if user.works_here:
            return None
        clear_login(request)
        return self.respond_user_inactive(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponseBase:
        """Everything asked for was given: record it, and note what must be done before anything else."""
        response = super().post_login(request, user, **kwargs)
        records = get_authentication_records(request, user)
        actions.signed_in(user, client_address(request) or "", _method(records))
        sessions.begin(request, second_factor_due=queries.lacks_second_factor(user))
        return response

    def set_password(self, user: User, password: str) -> None:
        """Change the password through the action that keeps history and audit."""
        actions.change_password(user, password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to work."""
        return str(settings.LOGIN_REDIRECT_URL)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who signed in within the last minutes need not type the password again."""
        started = sessions.started_at(self.request) if self.request is not None else None
        if started is not None and time.time() - started < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say only what is ours."""
        sentence = message or _SENTENCES.get(message_template or "")
        if sentence:
            messages.add_message(request, level, sentence, extra_tags=extra_tags)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Back to the sign-in page."""
        return reverse("account_login")


def _method(records: list[dict[str, Any]]) -> str:
    last = records[-1] if records else {}
    if last.get("passwordless"):
        return "通行密钥"
    names = {"totp": "密码和验证器", "webauthn": "密码和安全密钥", "recovery_codes": "密码和恢复码"}
    return names.get(str(last.get("type", "")), "密码")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Authenticator apps, passkeys and recovery codes."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": "您的岗位要求第二重验证，这是最后一个，不能停用；请先添加另一个。",
        "cannot_generate_recovery_codes": "请先启用验证器或通行密钥，再生成恢复码。",
        "incorrect_code": "验证没有通过。验证码每 30 秒一换，请照现在显示的输入；恢复码每个只能用一次。",
    }

    def encrypt(self, text: str) -> str:
        """Keep secrets encrypted in the row."""
        return actions.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what ``encrypt`` made."""
        return actions.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last one stays where the person's posts require one."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        if others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
            return True
        return not queries.needs_second_factor(authenticator.user)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys are bound to the desk's host, whatever host the request names."""
        return {"id": settings.DESK_HOST, "name": settings.MFA_TOTP_ISSUER}

    def _get_user_identifier(self, user: User) -> str:
        return user.username

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """A name for a new key."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"通行密钥 {count + 1}"
