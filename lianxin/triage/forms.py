"""Forms of the staff side. They check shape only; what is allowed is decided by the actions."""

from typing import Any

from django import forms

from lianxin.triage import queries
from lianxin.triage.models import Category, Elsewhere, Insult


class _ParentField(forms.ModelChoiceField):
    """A choice of categories that may have others below them."""

    def label_from_instance(self, obj: Category) -> str:
        return f"{obj.code} {obj.parent}／{obj.name}" if obj.parent else f"{obj.code} {obj.name}"


class CategoryForm(forms.ModelForm):
    """A category."""

    parent = _ParentField(label="上级", queryset=Category.objects.none(), required=False, empty_label="（第一级）")

    class Meta:
        model = Category
        fields = ("parent", "code", "name", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Three levels, so that a leaf takes none below it.
        self.fields["parent"].queryset = queries.categories(active=False).filter(parent__parent__isnull=True)


class InsultForm(forms.ModelForm):
    """A word."""

    class Meta:
        model = Insult
        fields = ("word", "active")


class ElsewhereForm(forms.ModelForm):
    """A direction."""

    class Meta:
        model = Elsewhere
        fields = ("code", "name", "explanation", "phone", "address", "words", "unless", "urgent", "order", "source", "active")
        widgets = {"words": forms.Textarea(attrs={"rows": 8}), "unless": forms.Textarea(attrs={"rows": 3})}
