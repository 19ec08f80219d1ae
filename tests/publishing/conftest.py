"""A small site to publish on: two columns, the chains, rights for everybody, and articles that go through their reviews."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from lianxin.identity.models import User
from lianxin.publishing import actions, cachebox, queries
from lianxin.publishing.models import ArticlePage, ColumnPage, Review, ReviewChain, ReviewStage, SiteProfile
from tests.remembered import Remembered

BODY = [{"type": "text", "value": "<p>市图书馆新馆选址今天公布，市民可以到现场查看图纸。</p>"}]


@pytest.fixture
def site(city: Any, people: SimpleNamespace, chains: list[ReviewChain], remembered: Remembered) -> SiteProfile:
    """The city's site. It is the default one, so that ``localhost``, the desk's host, shows it too."""
    made = remembered("publishing site", lambda: _make_site(city, people))
    cachebox.forget()
    return made


def _make_site(city: Any, people: SimpleNamespace) -> SiteProfile:
    profile = actions.add_site(
        None,
        hostname="hean.localhost",
        port=80,
        name="和安市人民政府",
        tier=SiteProfile.Tier.CITY,
        organisation=city.root,
        is_default=True,
        organiser="和安市人民政府办公室",
    )
    for person in vars(people).values():
        actions.sync_user(person)
    return profile


@pytest.fixture
def chains(db: None, remembered: Remembered) -> list[ReviewChain]:
    """The chains of the domain."""
    return remembered("chains", actions.default_chains)


@pytest.fixture
def column(site: SiteProfile, remembered: Remembered) -> ColumnPage:
    """部门动态: open to all units, to be updated every fortnight."""

    def make() -> ColumnPage:
        return actions.open_column(
            None, site.site.root_page.specific, title="部门动态", slug="departments", kind="news", cadence_days=14, open_to_units=True
        )

    made = remembered("column", make)
    cachebox.forget()
    return made


@pytest.fixture
def other_column(site: SiteProfile, city: Any, people: SimpleNamespace, remembered: Remembered) -> ColumnPage:
    """教育信息: kept by the education bureau alone."""

    def make() -> ColumnPage:
        opened = actions.open_column(None, site.site.root_page.specific, title="教育信息", slug="education", kind="news", cadence_days=30)
        actions.set_duty(None, opened, organisation=city.education, section="办公室", person=people.editor, reviewer=people.manager)
        return opened

    made = remembered("other column", make)
    cachebox.forget()
    return made


@pytest.fixture
def make_article(column: ColumnPage) -> Callable[..., ArticlePage]:
    """``make_article(author, column, title=…, body=…)``: a draft in the name of the author's unit."""

    def make(author: User, where: ColumnPage | None = None, *, title: str = "市图书馆新馆选址公布", body: Any = None, **fields: Any) -> ArticlePage:
        unit = fields.pop("organisation", None) or author.posts.filter(role="editor").select_related("organisation").get().organisation
        fields.setdefault("summary", "新馆选址公布。")
        return actions.write_article(author, where or column, title=title, body=body or BODY, organisation=unit, **fields)

    return make


@pytest.fixture
def sign_all(people: SimpleNamespace) -> Callable[[Review], None]:
    """``sign_all(review)``: every stage is signed by the first of ``people`` who may."""

    def sign(review: Review) -> None:
        while (stage := review.stages.filter(state=ReviewStage.State.OPEN).first()) is not None:
            signer = next(user for user in vars(people).values() if queries.why_not_sign(user, stage) is None)
            actions.sign(signer, stage, opinion="同意", basis="保密法" if stage.role == "security" else "")

    return sign


@pytest.fixture
def publish_through_review(sign_all: Callable[[Review], None]) -> Callable[[ArticlePage], ArticlePage]:
    """``publish_through_review(article)``: submitted by its owner, signed by everybody; returns the article as it now is."""

    def publish(article: ArticlePage) -> ArticlePage:
        sign_all(actions.submit(article.owner, article))
        return ArticlePage.objects.get(pk=article.pk)

    return publish
