"""Which accounts may be staff of this desk, and how a password is verified."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest

from lianxin.foundation.middleware import client_address
from lianxin.identity import actions, queries
from lianxin.identity.errors import LockedOut
from lianxin.identity.models import SignInAttempt, User

DESK_ACCESS = "wagtailadmin.access_admin"


class StaffBackend(ModelBackend):
    """Staff and partners whose account has neither ended nor expired; citizens sign in elsewhere.

    The lock-out is counted here and not in a form, so that no other way of verifying a password passes it by.
    """

    def authenticate(self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any) -> User | None:
        """Return the account, or None. Why not is left on the request as ``sign_in_refusal``, a Chinese sentence."""
        if not username or password is None:
            return None
        try:
            attempt = actions.begin_attempt(username, client_address(request) or "" if request is not None else "")
        except LockedOut as locked:
            _explain(request, str(locked))
            return None
        user = attempt.user
        if user is None:
            User().set_password(password)  # as slow as a real comparison: the time tells nobody which names exist
        if user is None or not user.check_password(password):
            actions.settle_attempt(attempt, SignInAttempt.Outcome.WRONG_PASSWORD)
            _explain(request, _wrong_password(username))
            return None
        if not self.user_can_authenticate(user):
            actions.settle_attempt(attempt, SignInAttempt.Outcome.ENDED)
            _explain(request, _ended(user))
            return None
        actions.settle_attempt(attempt, SignInAttempt.Outcome.PASSED)
        return user

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        """Asked at every request, so that a session ends with the account."""
        return isinstance(user, User) and user.works_here

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: Model | None = None) -> bool:
        """Everybody with a post at the desk may enter it; what can be done there follows from the posts."""
        if perm == DESK_ACCESS and isinstance(user_obj, User) and user_obj.is_staff:
            return user_obj.works_here
        return super().has_perm(user_obj, perm, obj)


def _explain(request: HttpRequest | None, sentence: str) -> None:
    if request is not None:
        request.sign_in_refusal = sentence  # type: ignore[attr-defined]


def _wrong_password(username: str) -> str:
    left = queries.tries_left(username)
    if left:
        return f"登录名或密码不对，还可以再试 {left} 次。"
    return "登录名或密码不对，已暂停登录；请过半小时再试，或联系本单位的管理员解锁。"


def _ended(user: User) -> str:
    if user.has_expired:
        return "这个账号已经到期。需要继续使用，请联系您所在单位的管理员。"
    return "这个账号不能登录工作台。如有疑问，请联系您所在单位的管理员。"
