"""What can be wrong with publishing: a page type that escapes the reviews, a chain that lets one person publish."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import Error, register
from wagtail.models import get_page_models

from lianxin.publishing.models.pages import GovernedPage


@register()
def every_page_type_is_governed(app_configs: Any, **kwargs: Any) -> Iterable[Error]:
    """Refuse to start with a page type that Wagtail's own buttons could publish."""
    return [
        Error(
            f"{model.__name__} must inherit from GovernedPage, otherwise it can be published without review.",
            id="publishing.E001",
        )
        for model in get_page_models()
        if not issubclass(model, GovernedPage) and model._meta.label != "wagtailcore.Page"
    ]
