"""What this room adds to the desk: password and second factor in one's own menu, the address for notifications, no user list."""

from django.http import HttpRequest
from django.urls import reverse
from wagtail import hooks
from wagtail.admin.views.account import BaseSettingsPanel

from lianxin.identity.forms import EmailForm
from lianxin.identity.models import User

_CLOSED = {"users", "groups"}


class EmailPanel(BaseSettingsPanel):
    """The address for notifications."""

    name = "email"
    title = "通知邮箱"
    order = 100
    form_class = EmailForm


@hooks.register("register_account_settings_panel")
def email_panel(request: HttpRequest, user: User, profile: object) -> EmailPanel:
    """Let people keep their own address."""
    return EmailPanel(request, user, profile)


@hooks.register("register_account_menu_item")
def password_item(request: HttpRequest) -> dict[str, str]:
    """The way to the password."""
    return {"url": reverse("account_change_password"), "label": "修改密码", "help_text": "至少 10 个字符，三类以上。"}


@hooks.register("register_account_menu_item")
def second_factor_item(request: HttpRequest) -> dict[str, str]:
    """The way to second factors."""
    return {"url": reverse("mfa_index"), "label": "第二重验证", "help_text": "验证器、通行密钥和恢复码。"}


@hooks.register("construct_settings_menu")
def no_user_lists(request: HttpRequest, items: list) -> None:
    """Wagtail's lists of users and groups are replaced by 机构与人员."""
    items[:] = [item for item in items if item.name not in _CLOSED]
