"""The pages of sign-in, password and second factor, and the doors of Wagtail's own user management, which stay shut."""

from typing import Any

from allauth.account import views as account
from allauth.account.internal.stagekit import clear_login
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.account import AccountView, ChangePasswordPanel, NameEmailSettingsPanel

from lianxin.identity import queries, sessions
from lianxin.identity.validators import LengthAndClasses, NotRecent, NotTheName


class SignInView(account.LoginView):
    """Login name and password, or a passkey."""

    template_name = "identity/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether this is a demo."""
        return super().get_context_data(**kwargs) | {"demo": queries.demo_accounts_exist()}


class SignOutView(account.LogoutView):
    """Ask, then sign out."""

    template_name = "identity/sign_out.html"

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign out, or give up a sign-in that waits for its second factor."""
        clear_login(self.request)
        return super().post(*args, **kwargs)


class EndedView(account.AccountInactiveView):
    """The account has ended."""

    template_name = "identity/ended.html"


class ChangePasswordView(account.PasswordChangeView):
    """Choose a new password."""

    template_name = "identity/change_password.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the rules and why the page came up."""
        user = self.request.user
        rules = [rule.get_help_text() for rule in (LengthAndClasses(), NotTheName(), NotRecent())]
        reason = ""
        if user.must_change_password:
            reason = "您用的是单位管理员给的初始密码，请先换成自己的密码。"
        elif queries.password_is_due(user):
            reason = f"密码已用满 {settings.PASSWORD_DAYS} 天，请换一个新的再继续。"
        return super().get_context_data(**kwargs) | {"rules": rules, "reason": reason}


class ConfirmView(account.ReauthenticateView):
    """The password once more, before something that matters."""

    template_name = "identity/confirm.html"


class ConfirmCodeView(mfa.ReauthenticateView):
    """A code, before something that matters."""

    template_name = "identity/confirm_code.html"


class ConfirmPasskeyView(webauthn.ReauthenticateWebAuthnView):
    """A passkey, before something that matters."""

    template_name = "identity/confirm_passkey.html"


class SecondFactorView(mfa.AuthenticateView):
    """The second factor at sign-in."""

    template_name = "identity/second_factor.html"


class PasskeySignInView(webauthn.LoginWebAuthnView):
    """Sign-in with a passkey alone: possession of the key and its PIN or fingerprint are the two factors."""


class FactorsView(mfa.IndexView):
    """My second factors."""

    template_name = "identity/factors.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether one is due now."""
        return super().get_context_data(**kwargs) | {
            "due": sessions.second_factor_due(self.request),
            "required": queries.needs_second_factor(self.request.user),
        }


class AddAppView(totp.ActivateTOTPView):
    """Set up an authenticator app."""

    template_name = "identity/app_add.html"


class RemoveAppView(totp.DeactivateTOTPView):
    """Give up the authenticator app."""

    template_name = "identity/app_remove.html"


class PasskeysView(webauthn.ListWebAuthnView):
    """My passkeys."""

    template_name = "identity/passkeys.html"


class AddPasskeyView(webauthn.AddWebAuthnView):
    """Add a passkey."""

    template_name = "identity/passkey_add.html"


class RenamePasskeyView(webauthn.EditWebAuthnView):
    """Give a passkey a name."""

    template_name = "identity/passkey_rename.html"


class RemovePasskeyView(webauthn.RemoveWebAuthnView):
    """Remove a passkey, unless it is the last factor of somebody who needs one."""

    template_name = "identity/passkey_remove.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it."""
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            messages.error(self.request, str(adapter.error_messages["cannot_delete_authenticator"]))
            return HttpResponseRedirect(reverse("mfa_list_webauthn"))
        return super().form_valid(form)


class RecoveryCodesView(recovery.ViewRecoveryCodesView):
    """Recovery codes, shown once."""

    template_name = "identity/recovery_codes.html"


class NewRecoveryCodesView(recovery.GenerateRecoveryCodesView):
    """New recovery codes in place of the old."""

    template_name = "identity/recovery_codes_new.html"


@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """Where to turn with a forgotten password: to the unit's manager, who knows the person."""
    return render(request, "identity/forgotten.html")


class MyAccountView(AccountView):
    """Wagtail's page of one's own settings, without what the unit keeps (the name) and what has a page of its own (the password)."""

    def get_panels(self) -> list[Any]:
        """Wagtail's panels less two."""
        return [panel for panel in super().get_panels() if not isinstance(panel, NameEmailSettingsPanel | ChangePasswordPanel)]


my_account = require_admin_access(MyAccountView.as_view())


@require_admin_access
def closed(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Wagtail's own pages for users and groups: rights follow from posts, so that these would be a way around."""
    messages.warning(request, "账号和权限由岗位决定，请在“机构与人员”里办理。")
    return redirect("organisations_desk:people")


def to_sign_in(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Wagtail's own sign-in and password pages lead to ours."""
    return redirect("account_login")
