"""Taking over many articles at once: the rows are those of ``import_published``, without its forty statements for each article.

For an operator's commands (``lianxin import``) and the demo city. Batches of 200 to 500 are quickest; each is one transaction.
"""

import json
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F
from django.dispatch import Signal
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import COMMENTS_RELATION_NAME, Page, PageLogEntry, ReferenceIndex, Revision

from lianxin.foundation import bulk, pagestore
from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.publishing import pictures, queries
from lianxin.publishing.actions import lists
from lianxin.publishing.actions.common import messages
from lianxin.publishing.models import ArticlePage, ColumnPage, Listing, Placement

articles_imported = Signal()
"""Sent with ``article_ids`` inside the transaction that wrote a batch: whoever keeps an index of articles writes its one job there."""

MOMENTS = ("published_at", "first_published_at", "last_published_at", "latest_revision_created_at")
MOST_CHILDREN = 36**Page.steplen - 1
"""So many pages have room under one: each step of a path is four digits and letters."""
# Foreign keys are given as objects that were read; to ask for each again would be a query each.
_SURE = (
    *("path", "depth", "url_path", "page_ptr", "latest_revision", "live_revision"),
    *("organisation", "lead_picture", "owner", "locale", "content_type"),
)


@dataclass(frozen=True)
class Arrival:
    """An article that was public before: where it goes, since when it was public, its ``fields`` as ``write_article`` takes them."""

    column: ColumnPage
    published_at: datetime
    fields: dict[str, Any]
    also: Sequence[ColumnPage] = ()
    old_paths: Sequence[str] = field(default=())
    """Addresses at which it was found before, with or without host; they lead to it from now on."""


@transaction.atomic
def import_many(arrivals: Sequence[Arrival], *, owner: User | None = None) -> list[int | Refused]:
    """Take over articles with their original dates, all that are in order; return for each its key or why it was refused.

    Revision, log entry, placements, references and lists are written as ``import_published`` writes them, old addresses become
    redirects, ``articles_imported`` is sent once. An old address that already leads somewhere stays as it is. Pictures that are
    not cut to size yet get one job each. A deed of the operator's commands only, never of a view.
    """
    batch = _Batch(owner)
    outcome: list[int | Refused] = []
    for arrival in arrivals:
        try:
            outcome.append(batch.add(arrival))
        except Refused as refusal:
            outcome.append(refusal)
    batch.write()
    return [entry if isinstance(entry, Refused) else batch.articles[entry].pk for entry in outcome]


class _Batch:
    """The articles of one transaction, made complete before the first row is written."""

    def __init__(self, owner: User | None) -> None:
        self.owner = owner
        self.now = timezone.now()
        self.article_type, self.page_type = (ContentType.objects.get_for_model(model) for model in (ArticlePage, Page))
        self.around = lists.Surroundings()
        self.parents: dict[int, Page] = {}
        self.slots: dict[int, int] = {}
        self.articles: list[ArticlePage] = []
        self.arrivals: list[Arrival] = []

    def add(self, arrival: Arrival) -> int:
        """Make the article and see that it is in order; returns its place in the batch."""
        if arrival.published_at > self.now:
            raise Refused("导入的稿件，发布时间不能在将来。请核对日期。")
        parent = self._parent(arrival.column)
        slug = f"{timezone.localtime(arrival.published_at):%Y%m%d}-{secrets.randbelow(10**6):06d}"
        article = ArticlePage(
            **{"slug": slug, **dict.fromkeys(MOMENTS, arrival.published_at), **arrival.fields},
            owner=self.owner,
            live=True,
            has_unpublished_changes=False,
            locale_id=parent.locale_id,
            content_type=self.article_type,
            depth=parent.depth + 1,
            numchild=0,
        )
        article.draft_title = article.title
        article.placements = [Placement(column=other, sort_order=order) for order, other in enumerate(arrival.also)]
        # Known to be none; otherwise each article would be asked for them.
        setattr(article, COMMENTS_RELATION_NAME, [])
        _validate(article)
        if self.slots[parent.pk] >= MOST_CHILDREN:
            raise Refused(f"栏目“{parent.title}”已经满了，请另开一个栏目。")
        self.slots[parent.pk] += 1
        article.path = Page._get_path(parent.path, article.depth, self.slots[parent.pk])
        self.articles.append(article)
        self.arrivals.append(arrival)
        return len(self.articles) - 1

    def _parent(self, column: ColumnPage) -> Page:
        """The column as its row is now, locked: the tree counts its children in it."""
        if column.pk not in self.parents:
            parent = self.parents[column.pk] = Page.objects.select_for_update().get(pk=column.pk)
            last = parent.get_last_child() if parent.numchild else None
            self.slots[column.pk] = Page._str2int(last.path[-Page.steplen :]) if last else 0
        return self.parents[column.pk]

    def write(self) -> None:
        """Insert everything."""
        if not self.articles:
            return
        self._choose_addresses()
        self._number()
        content = [article.serializable_data() for article in self.articles]
        for article, key in zip(self.articles, bulk.reserve(Revision, len(self.articles)), strict=True):
            article.latest_revision_id = article.live_revision_id = key
            article.latest_revision_created_at = self.now
        self._insert(Page, self.articles)
        self._article_rows([own["body"] for own in content])
        self._revisions([json.dumps(own, ensure_ascii=False, cls=DjangoJSONEncoder) for own in content])
        self._logs()
        self._insert(Placement, [placement for article in self.articles for placement in article.placements.all()])
        self._references()
        rows = [(article, row) for article in self.articles for row in lists.rows(article, self.around).items()]
        self._insert(Listing, [Listing(article=article, column_id=column, **row) for article, (column, row) in rows], key=False)
        # By the shelf, not article by article: each column's pages are made anew once.
        units = {queries.unit_list_tag(article.organisation_id) for article in self.articles}
        pagestore.purge(units | {queries.shelf_tag(column) for _, (column, _) in rows})
        for pk, more in Counter(arrival.column.pk for arrival in self.arrivals).items():
            Page.objects.filter(pk=pk).update(numchild=F("numchild") + more)
        self._redirects()
        self._tell()

    def _choose_addresses(self) -> None:
        """Another number where the drawn one is taken, by a sibling of the batch or of the tree."""
        prefixes = {parent.path for parent in self.parents.values()}
        wanted = [article.slug for article in self.articles]
        taken = {(path[: -Page.steplen], slug) for path, slug in Page.objects.filter(slug__in=wanted).values_list("path", "slug")}
        taken = {(path, slug) for path, slug in taken if path in prefixes}
        for article in self.articles:
            home = article.path[: -Page.steplen]
            while (home, article.slug) in taken:
                day = article.slug.partition("-")[0]
                article.slug = f"{day}-{secrets.randbelow(10**6):06d}"
                if Page.objects.filter(path__startswith=home, depth=article.depth, slug=article.slug).exists():
                    taken.add((home, article.slug))
            taken.add((home, article.slug))
            article.url_path = f"{self.around.own(home).url_path}{article.slug}/"

    def _number(self) -> None:
        for article, key in zip(self.articles, bulk.reserve(Page, len(self.articles)), strict=True):
            article.pk = article.id = article.page_ptr_id = key
            for placement in article.placements.all():
                placement.article = article
        placements = [placement for article in self.articles for placement in article.placements.all()]
        for placement, key in zip(placements, bulk.reserve(Placement, len(placements)), strict=True):
            placement.pk = key

    def _article_rows(self, bodies: list[str]) -> None:
        """The articles' own table; their bodies are text already, as the revisions hold them."""
        names = [each.attname for each in ArticlePage._meta.local_concrete_fields if each.attname != "body"]
        read = attrgetter(*names)
        bulk.insert(ArticlePage, [*names, "body"], ((*read(article), body) for article, body in zip(self.articles, bodies, strict=True)))

    def _revisions(self, content: list[str]) -> None:
        names = ("id", "content_type_id", "base_content_type_id", "object_id", "created_at", "user_id", "object_str", "content")
        types = (self.article_type.pk, self.page_type.pk)
        user = self.owner.pk if self.owner else None
        bulk.insert(
            Revision,
            names,
            (
                (article.latest_revision_id, *types, str(article.pk), self.now, user, str(article), text)
                for article, text in zip(self.articles, content, strict=True)
            ),
        )

    def _logs(self) -> None:
        names = ("content_type_id", "label", "action", "data", "timestamp", "user_id", "content_changed", "deleted", "page_id")
        user = self.owner.pk if self.owner else None
        rows = ((self.article_type.pk, str(a), "wagtail.create", "{}", self.now, user, True, False, a.pk) for a in self.articles)
        bulk.insert(PageLogEntry, names, rows)

    def _references(self) -> None:
        """What the articles use: it decides which attachments are public, so it is not left to a job."""
        names = (
            *("content_type_id", "base_content_type_id", "object_id", "to_content_type_id", "to_object_id"),
            *("model_path", "content_path", "content_path_hash"),
        )
        types = (self.article_type.pk, self.page_type.pk)
        rows = [
            (*types, str(article.pk), to_type, str(to), model_path, content_path, ReferenceIndex._get_content_path_hash(content_path))
            for article in self.articles
            for to_type, to, model_path, content_path in _references_of(article)
        ]
        bulk.insert(ReferenceIndex, names, rows)

    def _insert(self, model: type[models.Model], objects: Sequence[models.Model], *, key: bool = True) -> None:
        """The objects' rows in ``model``'s own table; ``key=False`` lets the database number them."""
        names = [each.attname for each in model._meta.local_concrete_fields if key or not each.primary_key]
        bulk.insert(model, names, map(attrgetter(*names), objects))

    def _redirects(self) -> None:
        """Old addresses lead to the articles, on the articles' own sites."""
        wanted: dict[tuple[int, str], Redirect] = {}
        for article, arrival in zip(self.articles, self.arrivals, strict=True):
            site = self.around.site(article.path[: Page.steplen * 2])
            for old in arrival.old_paths:
                path = Redirect.normalise_path(old)
                if site is not None and path != "/" and len(path) <= 255:
                    wanted.setdefault((site.pk, path), Redirect(old_path=path, site=site, redirect_page=article.page_ptr, automatically_created=True))
        Redirect.objects.bulk_create(wanted.values(), ignore_conflicts=True)

    def _tell(self) -> None:
        from lianxin.publishing import jobs

        for article in self.articles:
            if not pictures.is_ready(article):
                jobs.make_pictures.enqueue(article.pk)
        articles_imported.send(sender=ArticlePage, article_ids=[article.pk for article in self.articles])


def _validate(article: ArticlePage) -> None:
    """What ``full_clean`` checks, but for what the batch itself makes right: path, address, translation key."""
    try:
        article.clean_fields(exclude=_SURE)
        article.refuse_nonsense()
    except ValidationError as error:
        raise Refused(messages(error)) from error


def _references_of(article: ArticlePage) -> set[tuple[Any, ...]]:
    return set(ReferenceIndex._extract_references_from_object(article))
