"""Categories, words, directions: a list and a form for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from lianxin.foundation.errors import Forbidden, Refused
from lianxin.triage import actions, forms, queries
from lianxin.triage.models import Category, Elsewhere, Insult

_PAGE = 60


@dataclass(frozen=True)
class Book:
    """One list of rows that are kept by hand."""

    name: str
    title: str
    lead: str
    model: type[models.Model]
    form: type[ModelForm]
    save: Callable[..., models.Model]
    searched: tuple[str, ...]


BOOKS = {
    book.name: book
    for book in (
        Book(
            "categories",
            "来信分类",
            "来信按这棵树归类，统计也按它。停用的分类不再推荐，已经归类的来信不变。",
            Category,
            forms.CategoryForm,
            actions.save_category,
            ("name", "code"),
        ),
        Book(
            "words",
            "不当用语",
            "含这些用语的来信照常受理，公开前由人看一眼。请只登记没有别的意思的词。",
            Insult,
            forms.InsultForm,
            actions.save_insult,
            ("word",),
        ),
        Book(
            "elsewhere",
            "别处受理",
            "写信的人提到这些词时，提交前会看到去处和电话；他仍然可以提交。",
            Elsewhere,
            forms.ElsewhereForm,
            actions.save_elsewhere,
            ("name", "words", "explanation"),
        ),
    )
}


def _book(request: HttpRequest, name: str) -> Book:
    if name not in BOOKS:
        raise Http404
    if not queries.keeps(request.user):
        raise Forbidden("这一页由分办人员和系统管理员使用。需要调整分类或用语，请与他们联系。")
    return BOOKS[name]


def rows(request: HttpRequest, name: str) -> HttpResponse:
    """The rows of a book, found by their words."""
    try:
        book = _book(request, name)
    except Forbidden as refusal:
        messages.error(request, str(refusal))
        return redirect("wagtailadmin_home")
    asked = request.GET.get("q", "").strip()[:40]
    found = book.model._default_manager.all()
    if asked:
        wanted = Q()
        for field in book.searched:
            wanted |= Q(**{f"{field}__icontains": asked})
        found = found.filter(wanted)
    if book.model is Category:
        found = found.select_related("parent__parent")
    page = Paginator(found, _PAGE).get_page(request.GET.get("p"))
    context = {"book": book, "page": page, "asked": asked, "books": BOOKS.values(), "page_title": book.title, "header_icon": "list-ul"}
    return render(request, "triage/desk/rows.html", context)


def row(request: HttpRequest, name: str, pk: int | None = None) -> HttpResponse:
    """Enter a row or change one."""
    try:
        book = _book(request, name)
    except Forbidden as refusal:
        messages.error(request, str(refusal))
        return redirect("wagtailadmin_home")
    found = get_object_or_404(book.model, pk=pk) if pk else None
    form = book.form(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        # The form has written into its own copy; the deed gets the row as it is.
        current: Any = book.model._default_manager.get(pk=pk) if pk else None
        try:
            saved = book.save(request.user, current, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"已保存“{saved}”。")
            return redirect("triage_desk:rows", name)
    title = f"{book.title}：{found or '新增'}"
    context = {"form": form, "book": book, "page_title": title, "header_icon": "list-ul"}
    return render(request, "triage/desk/row.html", context, status=200 if request.method == "GET" else 422)
