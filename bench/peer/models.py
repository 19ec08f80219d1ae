"""Three kinds of page: home, section with a paged list of what lies below it, article with a picture and a body of blocks."""

from django.core.paginator import Paginator
from django.db import models
from wagtail.blocks import CharBlock, RichTextBlock
from wagtail.fields import StreamField
from wagtail.images import get_image_model_string
from wagtail.models import Page


class _Piece(Page):
    class Meta:
        abstract = True

    def get_context(self, request, *args, **kwargs):
        """Menu and breadcrumbs, read from the tree as Wagtail's example site does."""
        context = super().get_context(request, *args, **kwargs)
        root = self.get_site().root_page
        context["menu"] = root.get_children().live().in_menu()
        context["ancestors"] = Page.objects.ancestor_of(self, inclusive=True).filter(depth__gt=1)
        return context


class PlainHome(_Piece):
    """The front page: the newest of each section."""

    template = "peer/home.html"

    def get_context(self, request, *args, **kwargs):
        """For each section and sub-section its six newest articles."""
        context = super().get_context(request, *args, **kwargs)
        sections = PlainSection.objects.live().descendant_of(self)
        context["blocks"] = [(section, section.articles()[:6]) for section in sections[:30]]
        return context


class PlainSection(_Piece):
    """A section with twenty articles a page."""

    introduction = models.TextField(blank=True)
    template = "peer/section.html"

    def articles(self):
        """What lies below, newest first."""
        return PlainArticle.objects.live().descendant_of(self).select_related("picture").order_by("-date")

    def get_context(self, request, *args, **kwargs):
        """One page of the list."""
        context = super().get_context(request, *args, **kwargs)
        context["articles"] = Paginator(self.articles(), 20).get_page(request.GET.get("page"))
        return context


class PlainArticle(_Piece):
    """An article."""

    date = models.DateTimeField()
    introduction = models.TextField(blank=True)
    author = models.CharField(max_length=60, blank=True)
    picture = models.ForeignKey(get_image_model_string(), null=True, on_delete=models.SET_NULL, related_name="+")
    body = StreamField([("heading", CharBlock()), ("text", RichTextBlock())])
    template = "peer/article.html"

    def get_context(self, request, *args, **kwargs):
        """The neighbours in its section and five others of it."""
        context = super().get_context(request, *args, **kwargs)
        siblings = PlainArticle.objects.live().sibling_of(self, inclusive=False)
        context["previous"] = siblings.filter(date__lt=self.date).order_by("-date").first()
        context["next"] = siblings.filter(date__gt=self.date).order_by("date").first()
        context["related"] = siblings.order_by("-date")[:5]
        return context
