"""What the staff screens share: doing a deed and telling how it went, finding an article one may see, pages that ask before a deed."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import View

from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations.models import Post
from lianxin.publishing import queries
from lianxin.publishing.models import ArticlePage, SiteProfile

MANAGING_ROLES = (Post.Role.SITE_MANAGER, Post.Role.ADMINISTRATOR)


def attempt(request: HttpRequest, deed: Callable[..., Any], *args: Any, done: str = "", **kwargs: Any) -> bool:
    """Do ``deed(user, *args, **kwargs)``; tell the outcome as a message. True when it was done."""
    try:
        deed(request.user, *args, **kwargs)
    except Refused as error:
        messages.error(request, str(error))
        return False
    if done:
        messages.success(request, done)
    return True


def article_for(user: User, pk: int) -> ArticlePage:
    """The article, or 404 when it does not exist or is none of the person's business."""
    return get_object_or_404(queries.visible_to(user).select_related("organisation"), pk=pk)


def managed_sites(user: User) -> list[SiteProfile]:
    """The sites whose columns and records the person may change, the city's first."""
    profiles = SiteProfile.objects.select_related("site__root_page", "organisation").order_by("organisation__path", "pk")
    if not user.is_superuser:
        profiles = profiles.filter(organisation__in=queries.units_under(user, MANAGING_ROLES))
    return list(profiles)


def managed_site(user: User, pk: int | str | None) -> SiteProfile:
    """The managed site with this number, else the first; PermissionDenied when the person manages none."""
    sites = managed_sites(user)
    if not sites:
        raise PermissionDenied
    return next((site for site in sites if str(site.pk) == str(pk)), sites[0])


def safe_next(request: HttpRequest, fallback: str) -> str:
    """Where the form asks to go next, if that is a place of this desk."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted.startswith("/desk/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return fallback


class DeedPage(View):
    """A page that says what will happen, asks for what the deed needs, and does it on POST only."""

    title = ""
    explanation = ""
    button = ""
    done = ""
    danger = False
    icon = "doc-full"
    form_class: type[forms.Form] = forms.Form
    template_name = "publishing/desk/deed.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the object before anything else."""
        super().setup(request, *args, **kwargs)
        self.subject = self.find(request, **kwargs)

    def find(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The object of the deed; the article of the address unless said otherwise."""
        return article_for(request.user, kwargs["pk"])

    def make_form(self, data: Any = None, files: Any = None) -> forms.BaseForm:
        """The form, bound when ``data`` is given."""
        return self.form_class(data, files)

    def do(self, request: HttpRequest, form: Any) -> None:
        """The deed itself; may raise Refused."""
        raise NotImplementedError

    def back(self) -> str:
        """Where to go afterwards or when giving up."""
        return reverse("publishing_desk:record", args=[self.subject.pk])

    def after(self) -> str:
        """Where to go after the deed."""
        return self.back()

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show what will happen."""
        return self._show(request, self.make_form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Do it, or say why not with everything typed still there."""
        form = self.make_form(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, form, status=422)
        try:
            self.do(request, form)
        except Refused as error:
            form.add_error(None, str(error))
            return self._show(request, form, status=422)
        if self.done:
            messages.success(request, self.done)
        return redirect(safe_next(request, self.after()))

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """What a page adds to the template."""
        return {}

    def _show(self, request: HttpRequest, form: forms.BaseForm, status: int = 200) -> HttpResponse:
        context = {
            "page_title": self.title,
            "explanation": self.explanation,
            "button": self.button or self.title,
            "danger": self.danger,
            "icon": self.icon,
            "subject": self.subject,
            "form": form,
            "back": safe_next(request, self.back()),
            "next": safe_next(request, ""),
        }
        return render(request, self.template_name, context | self.context(request), status=status)
