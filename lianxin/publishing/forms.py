"""Forms of the staff side. They check what was typed; rights and rules are the actions' business."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.models import ModelChoiceIterator
from django.utils import timezone
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.forms import BaseImageForm

from lianxin.foundation import filecheck
from lianxin.organisations.models import Organisation, Post
from lianxin.publishing import intake
from lianxin.publishing.actions.media import articles_with
from lianxin.publishing.models import ArticlePage, ChainStep, ColumnDuty, ColumnPage, DutyShift, SiteProfile

OPINION_PRESETS = (
    "经审查，不涉及国家秘密、工作秘密、商业秘密和个人隐私，可以公开。",
    "经审查，已隐去个人信息，不涉及国家秘密和工作秘密，可以公开。",
)
BASIS_PRESETS = (
    "《保守国家秘密法》及本单位定密事项一览表",
    "《政府信息公开条例》第十四条至第十七条",
)
REJECTION_PRESETS = (
    "请核对文中的数字、人名和职务。",
    "请隐去个人信息后再报。",
    "标题过长，请精简到 36 字以内。",
    "缺少来源或发文字号。",
    "图片没有替代文字或与内容不符。",
)

MONTH = re.compile(r"^(\d{4})-(\d{2})$")


class MomentInput(forms.DateTimeInput):
    """The browser's own picker for a day and a minute."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    """A minute in the city's time."""

    widget = MomentInput
    input_formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
    default_error_messages = {"invalid": "请按 2025-03-03 09:30 的样子填写时间。"}


class ManyFilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files, each checked by its content."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """The files, each allowed."""
        files = [super(ManyFilesField, self).clean(one, initial) for one in (data if isinstance(data, list | tuple) else [data]) if one]
        for file in files:
            filecheck.require_document(file)
        return files


# --- reviews -----------------------------------------------------------------------------------------------------------


class DecisionForm(forms.Form):
    """Pass or send back."""

    decision = forms.ChoiceField(choices=[("sign", "通过"), ("reject", "退回")])
    opinion = forms.CharField(label="意见（可不填）", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    reason = forms.CharField(
        label="退回理由",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "写清要改什么，作者照着改就能通过"}),
        error_messages={"max_length": "理由请控制在 500 字以内。"},
    )

    def clean(self) -> dict[str, Any]:
        """A rejection says why."""
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "reject" and len(cleaned.get("reason", "").strip()) < 2:
            self.add_error("reason", "请写明退回的理由，让作者知道怎样修改。")
        return cleaned


class SecurityForm(DecisionForm):
    """The security review states an opinion and its basis; nothing is chosen beforehand, so that nobody signs unread."""

    opinion_preset = forms.ChoiceField(
        label="保密审查意见", required=False, widget=forms.RadioSelect, choices=[(text, text) for text in OPINION_PRESETS]
    )
    opinion = forms.CharField(
        label="或者自己写",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "例如：第三段涉及工作秘密，已建议删除"}),
    )
    basis_preset = forms.ChoiceField(label="依据", required=False, widget=forms.RadioSelect, choices=[(text, text) for text in BASIS_PRESETS])
    basis = forms.CharField(label="或者自己写", max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        """What was written by hand goes before what was chosen."""
        cleaned = super().clean()
        cleaned["opinion"] = cleaned.get("opinion", "").strip() or cleaned.get("opinion_preset", "")
        cleaned["basis"] = cleaned.get("basis", "").strip() or cleaned.get("basis_preset", "")
        if cleaned.get("decision") == "sign":
            if not cleaned["opinion"]:
                self.add_error("opinion_preset", "请选择或写明保密审查意见。")
            if not cleaned["basis"]:
                self.add_error("basis_preset", "请选择或写明审查依据。")
        return cleaned


class ColumnIterator(ModelChoiceIterator):
    """The columns of each site under the site's name."""

    def __iter__(self) -> Iterator[Any]:
        names = dict(SiteProfile.objects.values_list("site__root_page__path", "name"))
        groups: dict[str, list[tuple[Any, str]]] = {}
        for column in self.queryset:
            groups.setdefault(names.get(column.path[: 2 * ColumnPage.steplen], "其他"), []).append(self.choice(column))
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        yield from groups.items()


class ColumnChoiceField(forms.ModelChoiceField):
    """A column, chosen from the tree of its site."""

    iterator = ColumnIterator

    def label_from_instance(self, obj: Any) -> str:
        """The title, set in by its depth."""
        return "　" * max(obj.depth - 3, 0) + obj.title


class ReasonForm(forms.Form):
    """A reason that stays on record."""

    reason = forms.CharField(
        label="理由",
        min_length=2,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明理由，它会留在全过程记录里。", "min_length": "请把理由写具体一些。"},
    )


class EmergencyForm(ReasonForm):
    """Why it cannot wait."""

    reason = forms.CharField(
        label="为什么必须马上发布",
        min_length=4,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "例如：暴雨红色预警，须立即告知市民"}),
        error_messages={"required": "请写明为什么必须马上发布。", "min_length": "请把理由写具体一些。"},
    )


class MoveForm(forms.Form):
    """Another column of the same site."""

    column = ColumnChoiceField(
        label="移到哪个栏目", queryset=ColumnPage.objects.none(), empty_label="请选择栏目", error_messages={"required": "请选择栏目。"}
    )

    def __init__(self, *args: Any, columns: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["column"].queryset = columns


# --- writing -----------------------------------------------------------------------------------------------------------


class WriteForm(forms.Form):
    """The quick article: everything that most articles need on one page, usable without JavaScript."""

    title = forms.CharField(label="标题", max_length=255, error_messages={"required": "请写标题。"})
    column = ColumnChoiceField(
        label="栏目", queryset=ColumnPage.objects.none(), empty_label="请选择栏目", error_messages={"required": "请选择稿件放在哪个栏目。"}
    )
    organisation = forms.ModelChoiceField(
        label="发布单位", queryset=Organisation.objects.none(), empty_label=None, error_messages={"required": "请选择发布单位。"}
    )
    body_text = forms.CharField(label="正文", required=False, widget=forms.Textarea(attrs={"rows": 18}), max_length=200_000)
    body_html = forms.CharField(required=False, widget=forms.HiddenInput, max_length=intake.LONGEST)
    summary = forms.CharField(
        label="摘要",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="一两句话说清内容，显示在列表、搜索和分享里",
        error_messages={"max_length": "摘要请控制在 300 字以内。"},
    )
    keywords = forms.CharField(label="关键词", required=False, max_length=120, help_text="用空格隔开")
    review_kind = forms.ChoiceField(label="稿件性质", choices=ArticlePage.ReviewKind.choices, initial=ArticlePage.ReviewKind.STANDARD)
    source = forms.CharField(label="来源", required=False, max_length=60, help_text="转载必填；留空则显示发布单位")
    source_url = forms.URLField(
        label="原文地址",
        required=False,
        max_length=500,
        assume_scheme="https",
        error_messages={"invalid": "请填写完整的网址，例如 https://www.gov.cn/"},
    )
    author = forms.CharField(label="作者", required=False, max_length=60)
    document_number = forms.CharField(label="发文字号", required=False, max_length=60)
    lead_picture_file = forms.FileField(label="题图", required=False, widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}))
    lead_picture_alt = forms.CharField(
        label="题图替代文字", required=False, max_length=200, help_text="向看不见图片的人说明图上有什么，例如：市民在新图书馆阅览区读书"
    )
    remove_lead_picture = forms.BooleanField(label="去掉题图", required=False)
    attachments = ManyFilesField(label="附件", required=False, help_text="PDF、Word、Excel、WPS、OFD、压缩包，每个不超过 50 MB，可一次选多个")
    go_live_at = MomentField(label="定时发布", required=False, help_text="留空则审核通过后立即发布")
    expire_at = MomentField(label="到期下线", required=False, help_text="留空则一直公开")
    correction_note = forms.CharField(label="更正说明", required=False, max_length=300, help_text="改正已发布的错误时填写，发布后公开显示")
    base_revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, columns: Any, units: Any, article: ArticlePage | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.article = article
        self.fields["column"].queryset = columns
        self.fields["organisation"].queryset = units
        if article is not None:
            # A column is changed by moving, a unit by the full editor.
            del self.fields["column"], self.fields["organisation"]
        else:
            del self.fields["remove_lead_picture"]
        if article is None or not article.live:
            del self.fields["correction_note"]

    def clean_lead_picture_file(self) -> UploadedFile | None:
        """A picture by its content, not by its name."""
        file = self.cleaned_data["lead_picture_file"]
        if file:
            filecheck.require_picture(file)
        return file

    def clean(self) -> dict[str, Any]:
        """A picture needs words, a repost its source, times lie ahead and in order."""
        cleaned = super().clean() or {}
        if cleaned.get("lead_picture_file") and not cleaned.get("lead_picture_alt"):
            self.add_error("lead_picture_alt", "请为题图写一句替代文字，说明图上有什么。")
        if cleaned.get("review_kind") == ArticlePage.ReviewKind.REPOST and not cleaned.get("source"):
            self.add_error("source", "转载的稿件请填写来源，例如：中国政府网。")
        now, start, end = timezone.now(), cleaned.get("go_live_at"), cleaned.get("expire_at")
        if start and start <= now and not (self.article and self.article.live):
            self.add_error("go_live_at", "定时发布的时间已经过去，请改为将来的时间；要尽快发布就留空。")
        if end and end <= (start or now):
            self.add_error("expire_at", "下线时间要晚于发布时间。")
        return cleaned

    def blocks(self) -> list[intake.Block]:
        """The body as stream data: from the rich area when it was used, else from the text."""
        source = self.cleaned_data.get("body_html") or ""
        return intake.blocks_from_html(source) if source.strip() else intake.blocks_from_text(self.cleaned_data.get("body_text") or "")

    def fields_of_article(self) -> dict[str, Any]:
        """What goes into the article as it is."""
        names = (
            "summary",
            "keywords",
            "review_kind",
            "source",
            "source_url",
            "author",
            "document_number",
            "lead_picture_alt",
            "go_live_at",
            "expire_at",
        )
        values = {name: self.cleaned_data[name] for name in names}
        if "correction_note" in self.fields:
            values["correction_note"] = self.cleaned_data["correction_note"]
        return values


# --- media -------------------------------------------------------------------------------------------------------------


class MediaForm:
    """What pictures and files share: the file of a record never changes, and what is public is not changed without review."""

    frozen = ("title", "file", "description", "credit")

    def clean(self) -> dict[str, Any]:
        """Refuse a change of what readers see."""
        cleaned = super().clean()  # type: ignore[misc]
        instance = self.instance  # type: ignore[attr-defined]
        changed = [name for name in self.changed_data if name in self.frozen]  # type: ignore[attr-defined]
        if instance.pk and "file" in changed:
            self.add_error("file", "已入库的文件不能替换，否则已审核的稿件会悄悄改变。请另传一个新文件，在稿件里换上后送审。")  # type: ignore[attr-defined]
        elif instance.pk and changed and articles_with(instance):
            self.add_error(None, "这个文件正被稿件使用，不能改动。请另传一个新文件，在稿件里换上后送审。")  # type: ignore[attr-defined]
        return cleaned


class PictureForm(MediaForm, BaseImageForm):
    """A picture with the words that stand for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "description" in self.fields:
            field = self.fields["description"]
            field.label, field.required = "替代文字", True
            field.help_text = "向看不见图片的人说明图上有什么，例如：市民在新图书馆阅览区读书"
            field.error_messages["required"] = "请写替代文字，说明图上有什么。"

    def clean_file(self) -> Any:
        """A picture by its content, of a size that can be kept."""
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            filecheck.require_picture(file)
        return file


class AttachmentForm(MediaForm, BaseDocumentForm):
    """A file for download."""

    def clean_file(self) -> Any:
        """An allowed kind whose content is what its name says."""
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            filecheck.require_document(file)
        return file


# --- columns, duties, roster -------------------------------------------------------------------------------------------


class ColumnForm(forms.ModelForm):
    """A column's own words; ``parent`` and ``slug`` only when it is opened."""

    parent = forms.ChoiceField(label="位置")
    description = forms.CharField(label="栏目描述", required=False, max_length=200, help_text="一两句话，说明这个栏目放什么；搜索引擎会显示")

    class Meta:
        model = ColumnPage
        fields = ["title", "slug", "kind", "cadence_days", "open_to_units", "keywords"]
        labels = {"title": "栏目名称", "slug": "地址"}
        help_texts = {"slug": "小写字母、数字和连字符，例如 open-guide；开设后不再改变"}

    field_order = ["title", "parent", "slug", "kind", "cadence_days", "description", "keywords", "open_to_units"]

    def __init__(self, *args: Any, parents: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = parents  # type: ignore[attr-defined]
        self.fields["title"].max_length = 30
        self.fields["title"].validators.append(_at_most(30))
        if self.instance.pk:
            del self.fields["parent"], self.fields["slug"]
            self.fields["description"].initial = self.instance.search_description

    def _post_clean(self) -> None:
        # The actions validate the page as a whole, with its place in the tree; a ModelForm would try without one.
        for name in self._meta.fields or []:
            if name in self.cleaned_data:
                setattr(self.instance, name, self.cleaned_data[name])


def _at_most(length: int) -> Any:
    def check(value: str) -> None:
        if len(value) > length:
            raise ValidationError(f"请控制在 {length} 字以内。")

    return check


class PlaceForm(forms.Form):
    """A new parent for a column."""

    parent = forms.ChoiceField(label="移到哪里")

    def __init__(self, *args: Any, parents: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = parents  # type: ignore[attr-defined]


class StaffChoiceField(forms.ModelChoiceField):
    """A member of staff, named with a unit, as names are not unique."""

    def label_from_instance(self, obj: Any) -> str:
        """Name and unit."""
        unit = getattr(obj, "unit_name", "")
        return f"{obj}（{unit}）" if unit else str(obj)


class DutyForm(forms.ModelForm):
    """Who keeps a column."""

    class Meta:
        model = ColumnDuty
        fields = ["organisation", "section", "person", "reviewer", "expectation"]
        field_classes = {"person": StaffChoiceField, "reviewer": StaffChoiceField}

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(ended_on=None).order_by("path")  # type: ignore[attr-defined]
        for name in ("person", "reviewer"):
            self.fields[name].queryset = staff  # type: ignore[attr-defined]
            self.fields[name].empty_label = "暂不指定"  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        # ``actions.set_duty`` validates and saves.
        return


class ShiftForm(forms.ModelForm):
    """A person on duty for a day."""

    class Meta:
        model = DutyShift
        fields = ["date", "person", "backup", "phone"]
        field_classes = {"person": StaffChoiceField, "backup": StaffChoiceField}
        widgets = {"date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, empty in (("person", "请选择值班人"), ("backup", "暂不指定")):
            self.fields[name].queryset = staff  # type: ignore[attr-defined]
            self.fields[name].empty_label = empty  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Two people, and a day that is still to come or today."""
        cleaned = super().clean() or {}
        if cleaned.get("person") and cleaned.get("person") == cleaned.get("backup"):
            self.add_error("backup", "值班人和带班领导不能是同一个人。")
        if cleaned.get("date") and cleaned["date"] < timezone.localdate():
            self.add_error("date", "过去的日期不能再排班。")
        return cleaned

    def _post_clean(self) -> None:
        # ``actions.set_shift`` saves; a shift that exists is changed, not refused as a double.
        return


def read_month(text: str) -> date:
    """The first day of the month written ``2025-03``, else of this month."""
    found = MONTH.match(text)
    today = timezone.localdate()
    if found and 1 <= int(found[2]) <= 12 and 2000 <= int(found[1]) <= 2100:
        return date(int(found[1]), int(found[2]), 1)
    return today.replace(day=1)


# --- sites and chains --------------------------------------------------------------------------------------------------


class SiteForm(forms.ModelForm):
    """What a site shows in its header and footer."""

    class Meta:
        model = SiteProfile
        fields = [
            "name",
            "slogan",
            "emblem",
            "mark",
            "theme",
            "grey",
            "festive",
            "site_code",
            "icp",
            "police_record",
            "organiser",
            "contractor",
            "phone",
            "email",
            "address",
            "description",
            "hot_words",
        ]

    def clean_emblem(self) -> Any:
        """A picture by its content."""
        return self._checked("emblem")

    def clean_mark(self) -> Any:
        """A picture by its content."""
        return self._checked("mark")

    def _checked(self, name: str) -> Any:
        file = self.cleaned_data[name]
        if isinstance(file, UploadedFile):
            filecheck.require_picture(file, at_most=2 * 1024 * 1024)
        return file


class StepForm(forms.Form):
    """One step of a review chain."""

    label = forms.CharField(label="名称", max_length=20, required=False)
    role = forms.ChoiceField(label="岗位", choices=[(role.value, role.label) for role in Post.Role], required=False)
    reach = forms.ChoiceField(label="在哪里找人", choices=ChainStep.Reach.choices, required=False)
    by_submitter = forms.BooleanField(label="送审人自己签", required=False)
    parallel = forms.BooleanField(label="与其他步骤并行", required=False)
    DELETE = forms.BooleanField(label="去掉", required=False)


StepFormSet = forms.formset_factory(StepForm, extra=1, max_num=8, absolute_max=10)


class DiscardLetterForm(forms.Form):
    """Why a failed job is given up."""

    reason = forms.CharField(label="原因", max_length=200, error_messages={"required": "请写明放弃的原因。"})


class AuditSearchForm(forms.Form):
    """What an auditor looks for."""

    text = forms.CharField(label="内容、对象或姓名", required=False, max_length=100)
    deed = forms.CharField(label="操作", required=False, max_length=60)
    since = forms.DateField(label="从", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="到", required=False, widget=forms.DateInput(attrs={"type": "date"}))
