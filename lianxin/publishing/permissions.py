"""No way around the review: what Wagtail's screens, bulk actions and API may do with a page, for everybody, superusers included."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from wagtail.models import Page, PagePermissionTester
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permissions import page_permission_policy
from wagtail.query import PageQuerySet


class GovernedPermissionTester(PagePermissionTester):
    """Answers no to everything that would show, hide, move or delete something public without a deed of ours.

    Wagtail asks this object before every publish, copy, alias, move, schedule and delete, over HTTP, in bulk and through its API.
    """

    def can_publish(self) -> bool:
        """Only ``actions.publish`` publishes, after the reviews."""
        return False

    def can_publish_subpage(self) -> bool:
        """Nothing is created live; this also closes live copies and aliases."""
        return False

    def can_unpublish(self) -> bool:
        """``actions.withdraw`` takes down, with a reason."""
        return False

    def can_unschedule(self) -> bool:
        """``actions.cancel_schedule`` does it, on record."""
        return False

    def can_set_view_restrictions(self) -> bool:
        """A page is public or it is not; there is no password on a government page."""
        return False

    def can_reorder_children(self) -> bool:
        """Order of columns is changed by ``actions.move_column``."""
        return False

    def can_edit(self) -> bool:
        """Only articles are edited in the editor; home pages and columns have forms of their own that act at once and on record."""
        return self._is_article() and super().can_edit()

    def can_copy(self) -> bool:
        """An article may be copied into a new draft."""
        return self._is_article() and super().can_copy()

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """Drafts that were never public nor reviewed may go; what was public or submitted once stays on record."""
        if not self._is_article() or self._was_ever_public() or self._was_submitted():
            return False
        return not self.page_locked() and super().can_delete(ignore_bulk)

    def can_move(self) -> bool:
        """Drafts may move; what is or was public moves by ``actions.move_article``, which leaves a redirect."""
        if not self._is_article() or self._was_ever_public():
            return False
        return not self.page_locked() and super().can_delete(ignore_bulk=True)

    def can_move_to(self, destination: Page) -> bool:
        """Asked of superusers as well, whom the stock answer lets through."""
        return self.can_move() and super().can_move_to(destination)

    def can_lock(self) -> bool:
        """The review locks; people do not."""
        return False

    def can_unlock(self) -> bool:
        """The end of the review unlocks."""
        return False

    def can_submit_for_moderation(self) -> bool:
        """Wagtail's own workflow is off."""
        return False

    def _is_article(self) -> bool:
        return self.page.specific_class is not None and self.page.specific_class.__name__ == "ArticlePage"

    def _was_ever_public(self) -> bool:
        return self.page.live or self.page.first_published_at is not None or self.page.get_descendants().filter(live=True).exists()

    def _was_submitted(self) -> bool:
        # Asked by name, as the models import this module.
        return apps.get_model("publishing", "Review").objects.filter(article_id=self.page.pk).exists()


class ExplorerPolicy(PagePermissionPolicy):
    """Which pages a person finds in the explorer: as Wagtail says, but who may work everywhere is not asked for every page.

    Wagtail's own answer names the whole tree and each column beside it, and the database then lists a million keys for each screen.
    """

    def instances_with_direct_explore_permission(self, user: Any) -> Iterable[Page]:
        """The pages on which ``user`` has rights; for a superuser the root, by its place and not by looking at every page's depth."""
        if user.is_superuser:
            return [Page.get_first_root_node()]
        return super().instances_with_direct_explore_permission(user)

    def explorable_instances(self, user: Any) -> PageQuerySet:
        """The pages that ``user`` finds."""
        if any(page.is_root() for page in self.instances_with_direct_explore_permission(user)) and user.is_active:
            return Page.objects.all()
        return super().explorable_instances(user)


def rule_the_explorer() -> None:
    """Give Wagtail our policy. There is no setting for it, and its modules have imported the object already, so that the object changes."""
    page_permission_policy.__class__ = ExplorerPolicy
