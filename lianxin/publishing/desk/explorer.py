"""Wagtail's page explorer for a large city: what a person may see is asked for by place in the tree."""

from django.db.models import QuerySet
from wagtail.admin.views.pages.listing import ExplorableIndexView
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.models import Page

from lianxin.publishing.queries import explorable


class Explorer(ExplorableIndexView):
    """The explorer. Wagtail looks every page up in a list of all that the person may see: a second at 200,000 articles."""

    # Making a row's menus costs more than finding it; nobody reads fifty rows before searching.
    paginate_by = 30

    def get_base_queryset(self) -> QuerySet[Page]:
        """The pages below the one shown; all below it, or everywhere, while searching or filtering."""
        pages = self.model._default_manager
        if not (self.is_searching or self.is_filtering):
            found = pages.child_of(self.parent_page)
        elif self.is_searching_whole_tree:
            found = pages.all()
        else:
            found = pages.descendant_of(self.parent_page)
        return self.annotate_queryset(found.filter(explorable(self.request.user)))


class Pages(PageViewSet):
    """The explorer for all types of pages."""

    model = Page
    index_view_class = Explorer


explorer_of_pages = Pages()
