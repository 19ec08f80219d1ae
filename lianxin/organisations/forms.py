"""Forms of the staff side. They check shape only; what is allowed is decided by the actions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from lianxin.identity import closing
from lianxin.identity.models import User
from lianxin.organisations import queries
from lianxin.organisations.models import Leader, OfficeFunction, Organisation, Post


class _UnitField(forms.ModelChoiceField):
    """A choice of units that shows the tree."""

    def label_from_instance(self, obj: Organisation) -> str:
        return "　" * (obj.depth - 1) + obj.short_name


class _PersonField(forms.ModelChoiceField):
    """A choice of people with their login names, as names repeat."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name}（{obj.username}）"


class _ColleagueField(_PersonField):
    """A choice of people from several units: with the unit of each, which the query brings along as ``held``."""

    def label_from_instance(self, obj: User) -> str:
        posts = getattr(obj, "held", [])
        return f"{obj.name}（{posts[0].organisation.short_name}，{obj.username}）" if posts else super().label_from_instance(obj)


class _DayField(forms.DateField):
    """A day, with the browser's calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def _units(actor: User) -> QuerySet[Organisation]:
    return queries.managed_units(actor).filter(ended_on__isnull=True)


class _PostForm(forms.Form):
    """What every post has."""

    organisation = _UnitField(label="单位", queryset=Organisation.objects.none(), empty_label="请选择")
    role = forms.ChoiceField(label="岗位")
    title = forms.CharField(label="职务", max_length=60, required=False, help_text="如：局长、办公室主任。可不填。")
    section = forms.CharField(label="科室", max_length=60, required=False, help_text="须已在单位资料里登记。可不填。")

    def __init__(self, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = _units(actor)
        self.fields["role"].choices = [("", "请选择"), *queries.grantable_roles(actor)]

    def clean(self) -> dict[str, Any]:
        """Look the section up in the unit."""
        cleaned = super().clean() or {}
        name, unit = cleaned.get("section", ""), cleaned.get("organisation")
        cleaned["section"] = None
        if name and unit is not None:
            cleaned["section"] = unit.sections.filter(name=name).first()
            if cleaned["section"] is None:
                known = "、".join(unit.sections.values_list("name", flat=True)) or "还没有登记科室"
                self.add_error("section", f"{unit}没有“{name}”。已登记：{known}。")
        return cleaned


class AppointForm(_PostForm):
    """A post for somebody who has an account."""

    starts_on = _DayField(label="任职日期", initial=timezone.localdate)
    ends_on = _DayField(label="离任日期", required=False, help_text="长期任职不填。")


class AccountForm(_PostForm):
    """A new account with its first post."""

    field_order = ["name", "username", "email", "organisation", "role", "title", "section"]
    name = forms.CharField(label="姓名", max_length=64)
    username = forms.CharField(label="登录名", max_length=64, help_text="小写字母开头，可含数字、点、横线，如 wang.xiaomei。")
    email = forms.EmailField(label="邮箱", required=False, help_text="接收待办通知。可不填。")


class PartnerForm(forms.Form):
    """An account for somebody from outside."""

    name = forms.CharField(label="姓名", max_length=64, help_text="请写全，如：和安日报 李文。")
    username = forms.CharField(label="登录名", max_length=64, help_text="小写字母开头，可含数字、点、横线。")
    email = forms.EmailField(label="邮箱", required=False)
    organisation = _UnitField(label="合作的单位", queryset=Organisation.objects.none(), empty_label="请选择")
    expires_on = _DayField(label="到期日期", help_text="最长一年，到期自动不能登录。")

    def __init__(self, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = _units(actor)


class ExpiryForm(forms.Form):
    """Another last day for a partner."""

    expires_on = _DayField(label="到期日期", help_text="从今天起最长一年。")


class EndForm(forms.Form):
    """The end of a post, or a person's leaving."""

    on = _DayField(label="最后工作日", initial=timezone.localdate)
    successor = _PersonField(
        label="由谁接手", queryset=User.objects.none(), required=False, empty_label="没有要交接的", help_text="接过栏目、分管等。"
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Organisation.objects.filter(posts__user=user)
        self.fields["successor"].queryset = queries.people_of(units).exclude(pk=user.pk).filter(is_active=True, kind=User.Kind.STAFF)


class HandOverForm(forms.Form):
    """Somebody acts for an absent colleague."""

    substitute = _ColleagueField(label="代理人", queryset=User.objects.none(), empty_label="请选择")
    starts_on = _DayField(label="从", initial=timezone.localdate)
    until = _DayField(label="到（含当天）")
    reason = forms.CharField(label="原因", max_length=200, required=False, help_text="如：出差、休假。可不填。")

    def __init__(self, post: Post, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = post.organisation
        near = [*(organisation.pk for organisation in unit.lineage()), *unit.get_children().values_list("pk", flat=True)]
        people = queries.people_of(Organisation.objects.filter(pk__in=near)).filter(is_active=True, kind=User.Kind.STAFF)
        # Who sits in the same room comes first, not the whole city by name.
        beside = queries.in_force().filter(organisation=unit, user=OuterRef("pk"))
        held = Prefetch("posts", queryset=queries.in_force().select_related("organisation").order_by("starts_on", "pk"), to_attr="held")
        nearest = people.exclude(pk=post.user_id).annotate(beside=Exists(beside)).order_by("-beside", "name", "pk")
        self.fields["substitute"].queryset = nearest.prefetch_related(held)


class ReasonForm(forms.Form):
    """Why an account is closed."""

    reason = forms.CharField(label="原因", max_length=200, help_text="会记入审计日志。")


class UnitForm(forms.ModelForm):
    """What people are told of a unit."""

    website = forms.URLField(label="网站", required=False, assume_scheme="https")

    class Meta:
        model = Organisation
        fields = ["phone", "address", "hours", "website", "introduction", "board_open"]
        widgets = {"introduction": forms.Textarea(attrs={"rows": 5})}


class NewUnitForm(forms.ModelForm):
    """A new unit."""

    parent = _UnitField(label="上级机构", queryset=Organisation.objects.none(), required=False, empty_label="（没有上级）")

    class Meta:
        model = Organisation
        fields = ["name", "short_name", "slug", "kind"]
        help_texts = {"slug": "网址里用的英文或拼音，如 education，定了不再改。"}

    def __init__(self, actor: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = _units(actor)


class RenameForm(forms.Form):
    """Another name for a unit."""

    name = forms.CharField(label="名称", max_length=100)
    short_name = forms.CharField(label="简称", max_length=50)


class DutiesForm(forms.Form):
    """The clauses of a unit's duties."""

    texts = forms.CharField(
        label="职责", required=False, widget=forms.Textarea(attrs={"rows": 12}), help_text="每条一行，写成一句完整的话；分办来信时会引用。"
    )

    def clean_texts(self) -> list[str]:
        """One clause a line."""
        return [line for line in self.cleaned_data["texts"].splitlines() if line.strip()]


class SectionForm(forms.Form):
    """An inner section."""

    name = forms.CharField(label="科室", max_length=60)
    phone = forms.CharField(label="电话", max_length=50, required=False)


class OfficeForm(forms.Form):
    """The function of an office for a government."""

    function = forms.ChoiceField(label="职能", choices=[("", "请选择"), *OfficeFunction.Function.choices])
    scope = _UnitField(label="为哪一级政府履行", queryset=Organisation.objects.none(), empty_label="请选择")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [Organisation.Kind.GOVERNMENT, Organisation.Kind.COUNTY, Organisation.Kind.TOWNSHIP]
        self.fields["scope"].queryset = queries.current_units().filter(kind__in=kinds)


class MergeForm(forms.Form):
    """Which unit takes over, and since when."""

    into = _UnitField(label="并入哪个机构", queryset=Organisation.objects.none(), empty_label="请选择")
    on = _DayField(label="撤并日期", initial=timezone.localdate, help_text="今天或以前；岗位、分管、职能、职责和下级机构当场转移。")

    def __init__(self, unit: Organisation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = queries.current_units().exclude(path__startswith=unit.path)


class PortfolioForm(forms.Form):
    """The units that a leader answers for."""

    organisations = forms.ModelMultipleChoiceField(
        label="分管的机构", queryset=Organisation.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    on = _DayField(label="起始日期", initial=timezone.localdate)

    def __init__(self, post: Post, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = queries.current_units().exclude(kind=Organisation.Kind.TOWNSHIP)
        self.fields["organisations"].queryset = units.filter(path__startswith=post.organisation.path).exclude(pk=post.organisation_id)


class LeaderForm(forms.ModelForm):
    """The public page of a leader."""

    class Meta:
        model = Leader
        fields = ["slug", "portrait", "gender", "born", "brief", "resume", "portfolio_text", "order"]
        widgets = {name: forms.Textarea(attrs={"rows": 4}) for name in ("brief", "resume", "portfolio_text")}


def _typed(label: str, longest: int, help_text: str = "", *, required: bool = False, attrs: Mapping[str, str] | None = None) -> forms.CharField:
    """A line at the counter: what is typed there for one person is never offered for the next."""
    widget = forms.TextInput(attrs={"autocomplete": "off", **(attrs or {})})
    return forms.CharField(label=label, max_length=longest, required=required, help_text=help_text, widget=widget)


_TELEPHONE = {"type": "tel", "inputmode": "numeric"}
_NUMBER = {"spellcheck": "false"}


class CitizensTelephoneForm(forms.Form):
    """The new telephone of a citizen at the counter."""

    telephone = _typed("新手机号", 30, required=True, attrs=_TELEPHONE)


class CitizensCardForm(forms.Form):
    """The code and what stands on the card."""

    code = _typed("验证码", 12, required=True, attrs={"inputmode": "numeric"})
    name = _typed("姓名", 60, required=True)
    number = _typed("身份证号", 30, required=True, attrs=_NUMBER)
    enterprise_code = _typed("统一社会信用代码", 30, "只有企业账号才填。", attrs=_NUMBER)
    card_seen = forms.BooleanField(
        label="我已核对身份证原件，照片与本人一致", required=False, help_text="您的姓名会写进审计记录，市民在“谁看过我的信息”里也会看到。"
    )

    def __init__(self, *args: Any, code_is_right: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if code_is_right:
            del self.fields["code"]


class CitizensAccountForm(forms.Form):
    """Which account is to be closed."""

    kind = forms.ChoiceField(label="账号类型", choices=[(User.Kind.CITIZEN.value, "个人"), (User.Kind.ENTERPRISE.value, "企业")])
    telephone = _typed("绑定的手机号", 30, attrs=_TELEPHONE)
    account = _typed("账号名", 64, "不知道手机号时填写，两样填一样。")


class CloseCitizenForm(forms.Form):
    """Why, on which papers, and the word."""

    reason = forms.ChoiceField(label="注销的原因")
    proof = forms.ChoiceField(label="核对了哪种证明", choices=[("", "请选择"), *closing.Proof.choices])
    name = _typed("账号本人的姓名", 60, "照证件填写。")
    number = _typed("账号本人的身份证号", 30, "系统只回答是否一致，不显示登记的内容。", attrs=_NUMBER)
    enterprise_code = _typed("统一社会信用代码", 30, "照营业执照或注销证明填写。系统只回答是否一致。", attrs=_NUMBER)
    document = _typed("文书编号", 60, "有法院文书、注销证明的必须填写。会记入审计日志，不要写姓名、电话和证件号码。")
    papers_seen = forms.BooleanField(
        label="我已核对证明材料的原件，账号确实是证件上这个人或这家企业的",
        required=False,
        help_text="您的姓名会写进审计记录和这个账号的查看记录。",
    )
    word = _typed(f"请输入“{closing.WORD}”", 10, "注销后不能恢复。")

    def __init__(self, *args: Any, kind: str, knows_card: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [("", "请选择"), *closing.reasons_for(kind)]
        person = knows_card and kind == User.Kind.CITIZEN
        unused = {"enterprise_code"} if person else {"name", "number"} if knows_card else {"name", "number", "enterprise_code"}
        for name in unused:
            del self.fields[name]
        for name in {"name", "number", "enterprise_code", "word"} - unused:
            self.fields[name].required = True
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = "请从列表中选择。"
