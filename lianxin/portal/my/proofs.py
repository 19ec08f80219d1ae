"""Another telephone, the real name, a guardian's consent."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from lianxin.foundation.errors import Refused
from lianxin.identity import actions, consents, queries
from lianxin.identity.citizen_web import citizen_required
from lianxin.identity.errors import CodeOver, TooOften, WrongCode
from lianxin.identity.models import User
from lianxin.portal.my import steps
from lianxin.portal.my.account import current, show
from lianxin.portal.my.forms import CitizenNameForm, EnterpriseNameForm, GuardianForm, GuardianTelephoneForm, TelephoneForm
from lianxin.portal.my.sign_in import has_outbox

Purpose = actions.Purpose


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def telephone(request: HttpRequest) -> HttpResponse:
    """Another telephone, first page; a proof of the old one comes before."""
    session = current(request)
    if not queries.is_confirmed(session):
        return HttpResponseRedirect(steps.with_query("my-confirm", next=request.path))
    form = TelephoneForm(request.POST or None)
    form.fields["telephone"].label = "新手机号"
    if request.method == "POST" and form.is_valid():
        try:
            number = form.cleaned_data["telephone"]
            started = actions.start_verification(number, Purpose.TELEPHONE, address=steps.address_of(request), user=session.user)
        except Refused as refusal:
            form.refuse("telephone", refusal)
        else:
            return steps.begin("my-telephone-code", started)
    return show(request, "telephone", form=form)


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def telephone_code(request: HttpRequest) -> HttpResponse:
    """Another telephone, second page: the code that went to it."""
    session = current(request)
    row = steps.pending(request, Purpose.TELEPHONE)
    if row is None or row.user_id != session.user_id:
        return HttpResponseRedirect(steps.with_query("my-telephone"))

    def change(token: str) -> HttpResponse:
        actions.change_telephone(session, token)
        return steps.end(HttpResponseRedirect(steps.with_query("my-profile", done="telephone")))

    found = steps.answer(request, Purpose.TELEPHONE, "my-telephone-code", change)
    if isinstance(found, HttpResponse):
        return found
    words = {"form": found, "masked": queries.masked_telephone_of(row), "title": "验证新手机号", "button": "更换", "outbox": has_outbox(request)}
    return show(request, "code", back=steps.with_query("my-telephone"), again="again" in request.GET, **words)


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def real_name(request: HttpRequest) -> HttpResponse:
    """The real name of a person, or an enterprise with the person who acts for it."""
    user = current(request).user
    text = consents.text(consents.SENSITIVE)
    kind = EnterpriseNameForm if user.kind == User.Kind.ENTERPRISE else CitizenNameForm
    form = kind(request.POST or None, initial={"version": text.version})
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name not in ("agree", "version")}
        version = form.cleaned_data["version"]
        try:
            if user.kind == User.Kind.ENTERPRISE:
                code = values.pop("enterprise_code")
                actions.verify_enterprise(user, code=code, consent_version=version, **values)
            else:
                actions.verify_citizen(user, consent_version=version, **values)
        except actions.GuardianNeeded:
            return HttpResponseRedirect(steps.with_query("my-guardian", next=request.path))
        except Refused as refusal:
            form.refuse(None, refusal)
        else:
            return HttpResponseRedirect(steps.with_query("my", done="real-name"))
    return show(request, "real_name", form=form, text=text)


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def guardian(request: HttpRequest) -> HttpResponse:
    """A guardian's consent, first page: the guardian's telephone."""
    user = current(request).user
    form = GuardianTelephoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            number = form.cleaned_data["telephone"]
            started = actions.start_verification(number, Purpose.GUARDIAN, address=steps.address_of(request), user=user)
        except Refused as refusal:
            form.refuse("telephone", refusal)
        else:
            return steps.begin("my-guardian-consent", started, next=request.GET.get("next", ""))
    return show(request, "guardian", form=form)


@citizen_required
@require_http_methods(["GET", "HEAD", "POST"])
def guardian_consent(request: HttpRequest) -> HttpResponse:
    """A guardian's consent, second page: code, name, number, relationship, consent, in one."""
    user = current(request).user
    row = steps.pending(request, Purpose.GUARDIAN)
    if row is None or row.user_id != user.pk:
        return HttpResponseRedirect(steps.with_query("my-guardian"))
    text = consents.text(consents.GUARDIAN)
    form = GuardianForm(request.POST or None, initial={"version": text.version}, code_is_right=row.state == steps.State.CONFIRMED)
    if request.method == "POST" and form.is_valid():
        try:
            return _consent(request, user, form)
        except (WrongCode, CodeOver, TooOften) as refusal:
            form.refuse("code" if "code" in form.fields else None, refusal)
        except Refused as refusal:
            # The code was right: it is not asked for again.
            form = GuardianForm(request.POST, code_is_right=True)
            form.refuse(None, refusal)
    return show(request, "guardian_consent", form=form, text=text, masked=queries.masked_telephone_of(row), outbox=has_outbox(request))


def _consent(request: HttpRequest, user: User, form: GuardianForm) -> HttpResponse:
    token, given = steps.token_of(request), form.cleaned_data
    if "code" in given:
        actions.confirm_verification(token, given["code"], address=steps.address_of(request))
    actions.consent_as_guardian(
        user, token, name=given["name"], number=given["number"], relationship=given["relationship"], consent_version=given["version"]
    )
    target = steps.next_of(request)
    return steps.end(HttpResponseRedirect(steps.with_query("my", done="guardian") if target == "/my/" else target))
