"""Addresses below /desk/; ``lianxin.desk.urls`` includes them before Wagtail's own, some of which they shadow on purpose.

The names are those that allauth looks up.
"""

from django.urls import path, re_path

from lianxin.identity import views

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="account_login"),
    path("sign-in/ended/", views.EndedView.as_view(), name="account_inactive"),
    path("sign-in/second-factor/", views.SecondFactorView.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", views.PasskeySignInView.as_view(), name="mfa_login_webauthn"),
    path("sign-out/", views.SignOutView.as_view(), name="account_logout"),
    path("password/", views.ChangePasswordView.as_view(), name="account_change_password"),
    path("password/forgotten/", views.forgotten, name="account_reset_password"),
    path("password/none/", views.forgotten, name="account_set_password"),
    path("confirm/", views.ConfirmView.as_view(), name="account_reauthenticate"),
    path("confirm/code/", views.ConfirmCodeView.as_view(), name="mfa_reauthenticate"),
    path("confirm/passkey/", views.ConfirmPasskeyView.as_view(), name="mfa_reauthenticate_webauthn"),
    path("second-factor/", views.FactorsView.as_view(), name="mfa_index"),
    path("second-factor/app/", views.AddAppView.as_view(), name="mfa_activate_totp"),
    path("second-factor/app/remove/", views.RemoveAppView.as_view(), name="mfa_deactivate_totp"),
    path("second-factor/passkeys/", views.PasskeysView.as_view(), name="mfa_list_webauthn"),
    path("second-factor/passkeys/add/", views.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("second-factor/passkeys/<int:pk>/name/", views.RenamePasskeyView.as_view(), name="mfa_edit_webauthn"),
    path("second-factor/passkeys/<int:pk>/remove/", views.RemovePasskeyView.as_view(), name="mfa_remove_webauthn"),
    path("second-factor/recovery-codes/", views.RecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path("second-factor/recovery-codes/new/", views.NewRecoveryCodesView.as_view(), name="mfa_generate_recovery_codes"),
    # Wagtail's own doors.
    path("account/", views.my_account),
    path("login/", views.to_sign_in),
    re_path(r"^password_reset/(?P<rest>.*)$", views.to_sign_in),
    re_path(r"^users/(?P<rest>.*)$", views.closed),
    re_path(r"^groups/(?P<rest>.*)$", views.closed),
    re_path(r"^bulk/(?:identity/user|auth/group)/(?P<rest>.*)$", views.closed),
]
