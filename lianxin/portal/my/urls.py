"""Addresses below ``/my/``; names begin with ``my`` and stand in the portal's namespace."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from lianxin.portal.my import account, data, proofs, sign_in

urlpatterns = [
    path("my/", account.overview, name="my"),
    path("my/sign-in/", sign_in.telephone, name="my-sign-in"),
    path("my/sign-in/code/", sign_in.code, name="my-sign-in-code"),
    path("my/welcome/", sign_in.welcome, name="my-welcome"),
    path("my/sign-out/", sign_in.sign_out, name="my-sign-out"),
    path("my/confirm/", sign_in.confirm, name="my-confirm"),
    path("my/profile/", account.profile, name="my-profile"),
    path("my/readings/", account.readings, name="my-readings"),
    path("my/consents/", account.consents, name="my-consents"),
    path("my/texts/<slug:kind>/", account.text, name="my-text"),
    path("my/sessions/", account.sessions, name="my-sessions"),
    path("my/outbox/", account.outbox, name="my-outbox"),
    path("my/telephone/", proofs.telephone, name="my-telephone"),
    path("my/telephone/code/", proofs.telephone_code, name="my-telephone-code"),
    path("my/real-name/", proofs.real_name, name="my-real-name"),
    path("my/guardian/", proofs.guardian, name="my-guardian"),
    path("my/guardian/consent/", proofs.guardian_consent, name="my-guardian-consent"),
    path("my/export/", data.export, name="my-export"),
    path("my/export/<int:pk>/", data.download, name="my-download"),
    path("my/delete/", data.delete, name="my-delete"),
    # Older plans and printed papers named this address.
    re_path(r"^account/", RedirectView.as_view(pattern_name="portal:my", permanent=True)),
]
