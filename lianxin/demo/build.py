"""Makes the demo city 和安市 in an empty database: units, people, sites, columns, three years of articles, work in every state."""

import json
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.images import ImageFile
from django.db import transaction
from django.utils import timezone
from django.utils.html import escape

from lianxin.demo import articles, catalogue, covers, hotline, letters, petitions, reports, tasks, visits
from lianxin.demo.articles import DemoArticle
from lianxin.demo.variation import varied
from lianxin.figures import jobs as figures
from lianxin.foundation import calendar
from lianxin.foundation.errors import Refused
from lianxin.foundation.once import showing
from lianxin.foundation.pagestore import purging_everything
from lianxin.identity.actions import mark_as_demo, open_demo_citizen
from lianxin.identity.models import User
from lianxin.organisations.models import Duty, Leader, OfficeFunction, Organisation, Portfolio, Post, Section
from lianxin.publishing import actions, pictures
from lianxin.publishing.models import ArticlePage, ColumnPage, HomePage, Picture, ReviewStage, SiteProfile
from lianxin.supervision.actions import make_digest
from lianxin.supervision.queries import digest

SEED = 20061121
VARIED_ARTICLES = 480
COVERS = 24
SINCE = date(2020, 1, 1)
ANSWERS_IN_PERSON = ("gongjiao", "yibaoju")
COVERED_COLUMNS = ("news/pictures", "about/new-look", "about/tourism", "about/history", "news/events")
# What the columns of a county's, a department's and a township's site are; the city's own are in data/columns.toml.
SMALL_SITES: dict[str, list[tuple[str, str, str]]] = {
    SiteProfile.Tier.COUNTY: [
        ("news", "县区要闻", "news"),
        ("open", "政务公开", "policies"),
        ("notices-board", "通知公告", "notices"),
        ("convenience", "便民服务", "guide"),
        ("about", "走进本县", "about"),
    ],
    SiteProfile.Tier.DEPARTMENT: [("news", "工作动态", "news"), ("open", "政务公开", "policies"), ("guide", "办事指南", "guide")],
    SiteProfile.Tier.TOWNSHIP: [("news", "镇村动态", "news"), ("open", "村务公开", "policies"), ("convenience", "便民信息", "guide")],
}
# Given names for the people who keep the units' columns; surnames differ from the leaders'.
SURNAMES = "王李张刘陈杨黄周吴徐孙胡朱高郭罗郑谢宋唐许邓冯曹彭曾肖田董袁潘于蒋蔡余杜叶程魏吕丁任姚"
GIVEN = (
    *("思远", "晓雯", "志强", "雅琴", "国平", "丽娟", "文博", "海燕", "建华", "静怡", "永健"),
    *("春梅", "子涵", "立群", "秀英", "明哲", "佳宁", "振宇", "玉兰", "家栋", "雪莹", "启明"),
    *("婉清", "长青", "慧敏", "浩然", "素芬", "宏达", "月华", "景行", "依依", "博文"),
)


@dataclass
class Report:
    """What was made, for the operator's screen."""

    organisations: int
    people: int
    columns: int
    articles: int
    letters: int
    calls: int
    password: str


Say = Callable[[str], None]


@transaction.atomic
@purging_everything()
def build(say: Say = print, now: datetime | None = None, port: int | None = None) -> Report:
    """Make the whole demo city, all or nothing: a start that is interrupted begins anew the next time.

    Raises Refused when the database already holds a city.
    """
    if Organisation.objects.exists():
        raise Refused("数据库里已经有机构，演示城市只能建在空的数据库里。请换一个 LIANXIN_HOME，或先备份再清空。")
    moment = now or timezone.localtime()
    say("正在建立机构……")
    units = _organisations()
    people = _people(units)
    _leaders(units, moment.year)
    say("正在开设站点和栏目……")
    actions.default_chains()
    columns = _city_site(units, people, port or settings.PORT)
    small = _small_sites(units, port or settings.PORT)
    for person in User.objects.filter(posts__isnull=False).distinct():
        actions.sync_user(person)
    _roster(units, people, moment.date())
    count = _articles(units, people, columns, moment, say) + _small_articles(small, moment)
    _work_in_progress(units, people, columns, moment)
    visits.build(moment.date(), SEED)
    password = _accounts(people)
    # Nobody's posts change from here on: they are read once and not at every deed.
    with showing():
        made, calls = _cases(units, moment, say)
    figures.fold.call()
    _digests(moment.date())
    return Report(len(units), User.objects.count(), len(columns), count, made, calls, password)


def _cases(units: dict[str, Organisation], moment: datetime, say: Say) -> tuple[int, int]:
    """Everything that citizens brought and offices did; how many letters, how many calls."""
    everybody = {user.username: user for user in User.objects.all()}
    say("正在办理半年的来信……")
    made = letters.build(units, everybody, moment, SEED)
    say("正在接听一年的热线……")
    calls = hotline.build(units, everybody, moment, SEED)
    say("正在办理一年的信访事项……")
    petitions.build(units, everybody, moment, SEED)
    say("正在督办一年的督查事项……")
    tasks.build(units, everybody, made, moment, SEED)
    say("正在填写各单位的日报……")
    reports.build(units, moment, SEED)
    return len(made), calls


def _digests(today: date) -> None:
    """The morning's digest of those demo accounts that get one; nobody is told."""
    day = today if calendar.is_workday(today) else calendar.add_workdays(today, -1)
    for user in User.objects.filter(username__in=DEMO_ACCOUNTS, pk__in=digest.readers()):
        make_digest(user, day, tell=False)


# --- units and people --------------------------------------------------------------------------------------------------


def _organisations() -> dict[str, Organisation]:
    made: dict[str, Organisation] = {}
    for order, row in enumerate(catalogue.organisations()):
        fields = {
            "name": row.name,
            "short_name": row.short_name,
            "slug": row.slug,
            "kind": row.kind,
            "code": row.code,
            "address": row.address,
            "phone": row.phone,
            "hours": row.hours,
            "order": order,
        }
        if row.parent:
            # Read anew, as treebeard counts children in the row.
            made[row.slug] = Organisation.objects.get(pk=made[row.parent].pk).add_child(**fields)
        else:
            made[row.slug] = Organisation.add_root(**fields)
        Duty.objects.bulk_create([Duty(organisation=made[row.slug], order=i, text=text) for i, text in enumerate(row.duties, 1)])
        Section.objects.bulk_create([Section(organisation=made[row.slug], order=i, name=name) for i, name in enumerate(row.sections)])
        OfficeFunction.objects.bulk_create([OfficeFunction(organisation=made[row.slug], function=f, scope=made["hean"]) for f in row.functions])
    return made


def _names() -> Iterable[str]:
    """Invented names, each once."""
    for i, surname in enumerate(cycle(SURNAMES)):
        yield surname + GIVEN[(i * 7 + i // len(SURNAMES) * 3) % len(GIVEN)]


class _People:
    """Makes people with posts; remembers them by login name."""

    def __init__(self) -> None:
        self.by_username: dict[str, User] = {}
        self._names = iter(_names())

    def add(self, username: str, unit: Organisation, *roles: str, name: str = "", title: str = "") -> User:
        """A member of staff who cannot sign in until ``_accounts`` gives a password."""
        user = self.by_username.get(username)
        if user is None:
            user = User(username=username, name=name or next(self._names), email=f"{username}@hean.example", is_staff=True)
            user.set_unusable_password()
            user.save()
            self.by_username[username] = user
        Post.objects.bulk_create([Post(user=user, organisation=unit, role=role, title=title, starts_on=SINCE) for role in roles])
        return user


def _people(units: dict[str, Organisation]) -> _People:
    people, role = _People(), Post.Role
    centre = _office(units, "information_centre")
    office = _office(units, "government_office")
    people.add("editor", centre, role.EDITOR, title="编辑部编辑")
    people.add("reviewer", centre, role.REVIEWER, title="编辑部主任")
    people.add("chief", office, role.CHIEF, title="副主任")
    people.add("security", office, role.SECURITY, title="保密办主任")
    people.add("duty", office, role.DUTY, role.EDITOR, title="总值班室值班员")
    people.add("site", centre, role.SITE_MANAGER, title="技术科科长")
    people.add("triage", centre, role.TRIAGE, title="信件分办员")
    people.add("supervisor", office, role.SUPERVISOR, title="督查室主任")
    people.add("operator", _office(units, "hotline_office"), role.OPERATOR, title="话务员")
    bureau = _office(units, "petition_bureau")
    people.add("petition", bureau, role.TRIAGE, title="信访事项办理员")
    people.add("auditor", units["hean"], role.AUDITOR, title="安全审计员")
    people.add("clerk", units["jiaoyuju"], role.EDITOR, role.CLERK, title="办公室干事")
    people.add("manager", units["jiaoyuju"], role.UNIT_MANAGER, title="办公室主任")
    people.add("second-reviewer", centre, role.REVIEWER, title="编辑部副主任")
    people.add("second-chief", office, role.CHIEF, title="副秘书长")
    for row in catalogue.organisations():
        if row.head and row.slug != "hean":
            username = "head" if row.slug == "jiaoyuju" else f"{row.slug}-head"
            people.add(username, units[row.slug], role.HEAD, name=row.head["name"], title=row.head["title"])
        if row.kind in catalogue.DEPARTMENT_KINDS and row.slug != "jiaoyuju":
            people.add(f"{row.slug}-editor", units[row.slug], role.EDITOR, role.CLERK, title="办公室干事")
        elif row.kind == "party":
            people.add(f"{row.slug}-clerk", units[row.slug], role.CLERK, title="办公室干事")
        if row.kind == "county":
            people.add(f"{row.slug}-editor", units[row.slug], role.EDITOR, role.CLERK, title="信息员")
            people.add(f"{row.slug}-reviewer", units[row.slug], role.REVIEWER, title="电子政务科科长")
            people.add(f"{row.slug}-chief", units[row.slug], role.CHIEF, title="政府办副主任")
            people.add(f"{row.slug}-security", units[row.slug], role.SECURITY, title="保密审查员")
    # What a head answered himself is signed by a second one.
    for slug in ANSWERS_IN_PERSON:
        people.add(f"{slug}-deputy", units[slug], role.HEAD, title="副职负责人")
    township = next(row for row in catalogue.organisations() if row.kind == "township" and row.parent == "qingshi")
    people.add(f"{township.slug}-editor", units[township.slug], role.EDITOR, title="党政办干事")
    return people


def _office(units: dict[str, Organisation], function: str) -> Organisation:
    slug = next(row.slug for row in catalogue.organisations() if function in row.functions)
    return units[slug]


def _leaders(units: dict[str, Organisation], year: int) -> None:
    for row in catalogue.leaders(year):
        username = {"市长": "mayor", "市委书记": "secretary"}.get(row.title, row.slug)
        user = User(username=username, name=row.name, email=f"{username}@hean.example", is_staff=True)
        user.set_unusable_password()
        user.save()
        post = Post.objects.create(user=user, organisation=units[row.organisation], role=Post.Role.LEADER, title=row.title, starts_on=SINCE)
        Leader.objects.create(
            post=post,
            slug=row.slug,
            gender=row.gender,
            born=row.birth,
            brief=row.brief,
            resume="\n".join(f"{step['from']}—{step['to']} {step['post']}" for step in row.resume),
            portfolio_text=row.portfolio_text,
            order=row.order,
        )
        Portfolio.objects.bulk_create([Portfolio(leader=post, organisation=units[slug], starts_on=SINCE) for slug in row.portfolio])


# --- sites and columns -------------------------------------------------------------------------------------------------


def _city_site(units: dict[str, Organisation], people: _People, port: int) -> dict[str, ColumnPage]:
    profile = actions.add_site(
        None,
        hostname="localhost",
        port=port,
        name="和安市人民政府",
        tier=SiteProfile.Tier.CITY,
        organisation=units["hean"],
        is_default=True,
        slogan="听得见，办得成",
        site_code="4199000001",
        icp="演ICP备00000000号",
        police_record="演公网安备 00000000000000号",
        organiser="和安市人民政府办公室",
        contractor="和安市信息中心",
        phone="0000-12345",
        email="portal@hean.example",
        address="和安市人民路1号",
        description="和安市人民政府门户网站：政务要闻、政府文件、办事和便民信息、领导信息，由和安市人民政府办公室主办。",
        hot_words="供暖 医保缴费 小学入学 停水 公积金",
    )
    by_name = {unit.short_name: unit for unit in units.values()}
    columns: dict[str, ColumnPage] = {}
    home = HomePage.objects.get(pk=profile.site.root_page_id)
    for row in catalogue.columns():
        top, _, sub = row.key.partition("/")
        column = actions.open_column(
            None,
            columns[top] if sub else home,
            title=row.title,
            slug=sub or top,
            kind=row.kind,
            cadence_days=row.cadence_days or None,
            description=row.description,
            keywords=" ".join(row.keywords),
            open_to_units=row.key in ("news/departments", "news/counties", "news/announcements", "convenience/outages"),
        )
        columns[row.key] = column
        unit = by_name[row.unit]
        keeper = Post.objects.filter(organisation=unit, role=Post.Role.EDITOR).select_related("user").first()
        actions.set_duty(
            None,
            column,
            organisation=unit,
            section=row.section,
            person=keeper.user if keeper else people.by_username["editor"],
            reviewer=people.by_username["reviewer"],
            expectation=row.expectation,
        )
    return columns


def _small_sites(units: dict[str, Organisation], port: int) -> list[tuple[SiteProfile, list[ColumnPage]]]:
    city = SiteProfile.objects.get(tier=SiteProfile.Tier.CITY)
    town = next(row.slug for row in catalogue.organisations() if row.kind == "township" and row.parent == "qingshi")
    plans = [
        ("qingshi", SiteProfile.Tier.COUNTY, SiteProfile.Theme.PINE, "qingshi"),
        ("jiaoyuju", SiteProfile.Tier.DEPARTMENT, SiteProfile.Theme.RIVER, "edu"),
        (town, SiteProfile.Tier.TOWNSHIP, SiteProfile.Theme.DUSK, "town"),
    ]
    made: list[tuple[SiteProfile, list[ColumnPage]]] = []
    for number, (slug, tier, theme, host) in enumerate(plans, 2):
        parent = made[0][0] if tier == SiteProfile.Tier.TOWNSHIP else city
        made.append(small_site(units[slug], tier, theme, host, parent, number, port))
    return made


def small_site(
    unit: Organisation, tier: str, theme: str, host: str, parent: SiteProfile, number: int, port: int
) -> tuple[SiteProfile, list[ColumnPage]]:
    """Open the site of a county, department or township with its columns; ``number`` is its place in the register of sites."""
    profile = actions.add_site(
        None,
        hostname=f"{host}.localhost",
        port=port,
        name=unit.name,
        tier=tier,
        organisation=unit,
        parent=parent,
        theme=theme,
        site_code=f"4199{number:06d}",
        icp="演ICP备00000000号",
        police_record="演公网安备 00000000000000号",
        organiser=unit.name,
        contractor="和安市信息中心",
        phone=unit.phone,
        description=f"{unit.name}网站：工作动态、政务公开和便民信息。",
    )
    own = []
    for column_slug, title, kind in SMALL_SITES[tier]:
        home = HomePage.objects.get(pk=profile.site.root_page_id)
        column = actions.open_column(None, home, title=title, slug=column_slug, kind=kind, cadence_days=30, description=f"{unit.short_name}{title}。")
        actions.set_duty(None, column, organisation=unit, expectation="每月至少更新一次。")
        own.append(column)
    return profile, own


def _roster(units: dict[str, Organisation], people: _People, today: date) -> None:
    officers = [people.by_username["duty"], people.by_username["editor"], people.by_username["site"]]
    for offset, officer in islice(enumerate(cycle(officers)), 28):
        actions.set_shift(None, units["hean"], today + timedelta(days=offset - 7), officer, backup=people.by_username["chief"], phone="0000-3763000")


# --- articles ----------------------------------------------------------------------------------------------------------


def stream(body: str) -> list[dict[str, object]]:
    """Light markup as the body of an article; lists and paragraphs that follow each other become one text block."""
    found: list[dict[str, object]] = []
    for kind, content in articles.body_blocks(body):
        value: Any = content
        if kind in ("paragraph", "list"):
            html = value if kind == "paragraph" else _list_html(value)
            if found and found[-1]["type"] == "text":
                found[-1]["value"] = f"{found[-1]['value']}{html}"
            else:
                found.append({"type": "text", "value": html})
        elif kind == "heading":
            found.append({"type": "heading", "value": {"level": str(value["level"]), "text": value["text"]}})
        elif kind == "quote":
            found.append({"type": "quote", "value": value})
        elif kind == "table":
            found.append({"type": "table", "value": {"data": [value["header"], *value["rows"]], "first_row_is_table_header": True}})
    return found


def _list_html(value: Any) -> str:
    tag = "ol" if value["ordered"] else "ul"
    return f"<{tag}>{''.join(f'<li>{escape(item)}</li>' for item in value['items'])}</{tag}>"


def _articles(units: dict[str, Organisation], people: _People, columns: dict[str, ColumnPage], now: datetime, say: Say) -> int:
    by_name = {unit.short_name: unit for unit in units.values()}
    written = [*articles.handwritten(now), *varied(catalogue.organisations(), now, VARIED_ARTICLES, SEED)]
    written.sort(key=lambda article: article.published_at)
    picture_of = _pictures(written, say)
    say(f"正在发布 {len(written)} 篇稿件……")
    for article in written:
        _publish(article, by_name, people, columns, picture_of.get(article.slug))
    return len(written)


def _pictures(written: list[DemoArticle], say: Say) -> dict[str, Picture]:
    """A cover for headlines and for the columns that live by pictures, each cut to size before its article is published."""
    say("正在绘制题图……")
    chosen = [a for a in written if a.importance >= 1 or a.column in COVERED_COLUMNS][-COVERS:]
    found = {}
    for number, article in enumerate(chosen):
        kind, words = covers.for_article(article)
        file = ImageFile(BytesIO(covers.cover(kind, SEED + number)), name=f"{kind}.jpg")
        picture = Picture.objects.create(title=article.title[:80], description=words, credit="演示插画", file=file)
        picture.get_renditions(*pictures.LEAD_SPECS)
        found[article.slug] = picture
    return found


def _publish(
    article: DemoArticle, by_name: dict[str, Organisation], people: _People, columns: dict[str, ColumnPage], picture: Picture | None
) -> ArticlePage:
    return actions.import_published(
        columns[article.column],
        owner=people.by_username["editor"],
        also=[columns[key] for key in article.also],
        lead_picture=picture,
        lead_picture_alt=picture.description if picture else "",
        **_fields(article, by_name[article.unit]),
    )


def _fields(article: DemoArticle, organisation: Organisation) -> dict[str, Any]:
    return {
        "title": article.title,
        "body": stream(article.body),
        "organisation": organisation,
        "published_at": article.published_at,
        "summary": article.summary,
        "keywords": " ".join(article.keywords),
        "author": article.author,
        "source": "" if article.source == article.unit else article.source,
        "document_number": article.document_number,
        "importance": article.importance,
        "review_kind": "repost" if article.repost else "standard",
    }


def _small_articles(sites: list[tuple[SiteProfile, list[ColumnPage]]], now: datetime) -> int:
    """What the county, the department and the township wrote for their own sites (data/small/<tier>/)."""
    count = 0
    for profile, columns in sites:
        by_slug = {column.slug: column for column in columns}
        for article in articles.handwritten(now, articles.FOLDER.parent / "small" / profile.tier):
            column = by_slug[article.column]
            actions.import_published(column, **_fields(article, profile.organisation))
            count += 1
    return count


# --- work in every state -----------------------------------------------------------------------------------------------

DRAFTS = [
    ("clerk", "news/departments", "jiaoyuju", "市教育局开展冬季校园供暖安全检查"),
    ("clerk", "news/departments", "jiaoyuju", "中小学课后服务增加科学实验课程"),
    ("clerk", "news/announcements", "jiaoyuju", "关于中小学寒假时间安排的通知"),
    ("editor", "news/headlines", "hean", "市政府召开清欠农民工工资专题会议"),
    ("editor", "news/supervision", "hean", "第四季度民生实事督查情况通报"),
    ("editor", "convenience/traffic", "hean", "和安大桥伸缩缝夜间检修提示"),
    ("editor", "news/events", "hean", "和安首届冬季全民健身大会周末开赛"),
    ("duty", "news/announcements", "hean", "关于启动低温雨雪冰冻天气应急响应的通告"),
]


def _work_in_progress(units: dict[str, Organisation], people: _People, columns: dict[str, ColumnPage], now: datetime) -> None:
    """Drafts, articles in each stage of review, one sent back, one waiting for its minute, one published in an emergency."""
    made = {title: _draft(people, columns, units, *row) for row in DRAFTS for title in [row[3]]}
    person = people.by_username
    in_review = [made[row[3]] for row in DRAFTS[:1] + DRAFTS[2:6]]
    reviews = [actions.submit(article.owner, article) for article in in_review]
    _sign(person["reviewer"], reviews[2])
    _sign(person["reviewer"], reviews[3])
    _sign(person["chief"], reviews[3])
    actions.reject(person["reviewer"], reviews[1].stages.get(role="reviewer"), "请补充各学段的具体日期，并说明高三年级的安排。")
    timed = made[DRAFTS[6][3]]
    actions.save_draft(person["editor"], timed, go_live_at=now + timedelta(days=1))
    review = actions.submit(person["editor"], ArticlePage.objects.get(pk=timed.pk))
    for name in ("reviewer", "chief", "security"):
        _sign(person[name], review)
    actions.publish_emergency(person["duty"], made[DRAFTS[7][3]], "气象台发布低温雨雪冰冻橙色预警，须立即告知市民和学校。")


def _draft(
    people: _People, columns: dict[str, ColumnPage], units: dict[str, Organisation], who: str, column: str, unit: str, title: str
) -> ArticlePage:
    text = (articles.FOLDER.parent / "drafts.json").read_text(encoding="utf-8")
    content = json.loads(text)[title]
    organisation = units[unit] if who == "clerk" else people.by_username[who].posts.get(role="editor").organisation
    return actions.write_article(
        people.by_username[who],
        columns[column],
        title=title,
        body=stream(content["body"]),
        organisation=organisation,
        summary=content["summary"],
    )


def _sign(person: User, review: object) -> ReviewStage:
    stage = next(s for s in review.stages.filter(state="open") if person.posts.filter(role=s.role).exists())  # type: ignore[attr-defined]
    if stage.role == Post.Role.SECURITY:
        return actions.sign(person, stage, opinion="不涉及国家秘密和工作秘密，可以公开。", basis="保密法、本单位定密事项目录")
    return actions.sign(person, stage, opinion="同意")


# --- accounts ----------------------------------------------------------------------------------------------------------

DEMO_ACCOUNTS = [
    *("editor", "reviewer", "chief", "security", "duty", "site", "clerk", "manager", "mayor"),
    *("secretary", "head", "triage", "supervisor", "operator", "petition", "auditor", "qingshi-editor", "qingshi-chief"),
]


# Nobody's: numbers of a series that is not given out, a date of birth in 1900, a code of the register's letters and zeros.
CITIZENS: list[tuple[str, str, dict[str, str]]] = [
    (
        "citizen",
        User.Kind.CITIZEN,
        {"telephone": "19900000001", "display_name": "林女士", "real_name": "林小满", "identity_number": "110101190001010014"},
    ),
    (
        "enterprise",
        User.Kind.ENTERPRISE,
        {
            "telephone": "19900000002",
            "real_name": "苏明远",
            "identity_number": "110101190001010137",
            "enterprise_name": "和安市示例食品有限公司",
            "enterprise_code": "91419900MA0000000K",
        },
    ),
]
CITIZENS_SIGN_IN = "市民和企业在 /my/ 登录：个人 19900000001，企业 19900000002，验证码见 /my/outbox/"


def accounts_file() -> Path:
    """Where the demo password is kept, readable by the owner of the home folder only; its presence also shows the banner."""
    return Path(settings.HOME) / "demo-accounts"


def _accounts(people: _People) -> str:
    """Give the demo accounts one password: from the environment, otherwise drawn at random."""
    password = os.environ.get("LIANXIN_DEMO_PASSWORD") or f"Hean-{secrets.token_urlsafe(9)}"
    admin = User.objects.create_superuser("admin", "admin@hean.example", name="系统管理员")
    root = Organisation.objects.get(slug="hean")
    Post.objects.create(user=admin, organisation=root, role=Post.Role.ADMINISTRATOR, title="系统管理员", starts_on=SINCE)
    # One password, so one hash: sixteen of them would take four seconds of the first start.
    hashed = make_password(password)
    for user in User.objects.filter(username__in=[*DEMO_ACCOUNTS, "admin"]):
        user.password = hashed
        user.save(update_fields=["password"])
        mark_as_demo(user)
    actions.sync_user(admin)
    for username, kind, personal in CITIZENS:
        open_demo_citizen(username, kind, **personal)
    descriptor = os.open(accounts_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"演示账号：admin {' '.join(DEMO_ACCOUNTS)}\n密码：{password}\n{CITIZENS_SIGN_IN}\n")
    return password
