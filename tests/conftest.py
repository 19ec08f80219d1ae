"""What every test stands on: the database, a small city with its people, a fixed clock, jobs run at will, and no network."""

import gc
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.test import Client, TransactionTestCase

from tests.baseline import begin_migrated, keep_migrated_database, take_baseline
from tests.remembered import Remembered, tables

SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "He-An-2025-春风"


# --- the database ----------------------------------------------------------------------------------------------------------------------


def pytest_collection_finish() -> None:
    """Modules and collected tests stay to the end: the collector of garbage need not look at them again and again."""
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    return begin_migrated(str(settings.DATABASES["default"]["TEST"].get("NAME", "")))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """After a test that commits, bring back exactly the rows that the migrations wrote."""
    with django_db_blocker.unblock():
        baseline = take_baseline()
        keep_migrated_database()
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: baseline.restore())
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    from lianxin.foundation import calendar

    yield
    cache.clear()
    calendar.forget()


# --- the network -----------------------------------------------------------------------------------------------------------------------


def _is_local(host: object) -> bool:
    return (
        host in (None, "", b"", "localhost", b"localhost", "::1", "0.0.0.0", "::") or str(host).startswith("127.") or str(host).endswith(".localhost")
    )


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """A test that reaches for anything but this machine fails, and says for what."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(own: socket.socket, address) -> None:
        if own.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
            raise AssertionError(f"a test reached for the network: {address[0]}")

    def guarded_connect(own: socket.socket, address) -> None:
        check(own, address)
        return connect(own, address)

    def guarded_connect_ex(own: socket.socket, address) -> int:
        check(own, address)
        return connect_ex(own, address)

    def guarded_getaddrinfo(host, *args, **kwargs):
        if not _is_local(host):
            raise AssertionError(f"a test looked up a name on the network: {host}")
        return getaddrinfo(host, *args, **kwargs)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
    yield
    patch.undo()


# --- requests --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def client() -> Client:
    """A browser without JavaScript on the host of the first site and of the desk (``localhost``)."""
    return Client(SERVER_NAME="localhost")


@pytest.fixture
def client_for() -> Callable[..., Client]:
    """``client_for(user)``: a client signed in as ``user``, past every sign-in form."""

    def make(user, host: str = "localhost") -> Client:
        client = Client(SERVER_NAME=host)
        client.force_login(user, backend="lianxin.identity.backends.StaffBackend")
        return client

    return make


# --- the clock -------------------------------------------------------------------------------------------------------------------------


class Clock:
    """A clock that stands still until it is moved; times are Shanghai times."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def set(self, moment: str | datetime) -> None:
        """Move to ``moment``, for example ``"2025-03-03 09:30"``."""
        when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        self._traveller.move_to(when if when.tzinfo else when.replace(tzinfo=SHANGHAI))

    def shift(self, **by: float) -> None:
        """Move on, for example ``shift(minutes=5)``."""
        self._traveller.shift(timedelta(**by))

    def now(self) -> datetime:
        """The time it shows."""
        return datetime.now(SHANGHAI)


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Time stands still at Monday 2025-03-03 09:00 until the test moves it."""
    with time_machine.travel(datetime(2025, 3, 3, 9, 0, tzinfo=SHANGHAI), tick=False) as traveller:
        yield Clock(traveller)


# --- jobs ------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def run_jobs(db: None) -> Callable[..., int]:
    """``run_jobs()`` runs every job that is due, as a worker would, until none is left; returns how many ran.

    A job that fails fails the test, unless ``run_jobs(failures="kept")``. Jobs for a later time wait until the clock is moved.
    """
    from lianxin.foundation.jobs.worker import run_due
    from lianxin.foundation.models import FailedTry

    def drain(failures: str = "raised", queue: str | None = None) -> int:
        known = set(FailedTry.objects.values_list("pk", flat=True))
        done = run_due(queue)
        if failures == "raised":
            fresh = [failure.traceback for failure in FailedTry.objects.exclude(pk__in=known)]
            assert not fresh, "a job failed:\n" + "\n".join(fresh)
        return done

    return drain


# --- the city --------------------------------------------------------------------------------------------------------------------------


@dataclass
class City:
    """A city of a few units: enough for every chain of reviews and every line of authority."""

    root: object  # 和安市人民政府
    office: object  # 市政府办公室, which is the government office
    centre: object  # 市信息中心, which runs the portal
    education: object  # 市教育局
    health: object  # 市卫生健康委员会
    county: object  # 青石县人民政府
    county_bureau: object  # 青石县教育局
    township: object  # 柳河镇人民政府, under the county


@pytest.fixture(scope="session")
def _kept_rows(django_db_setup: None, django_db_blocker) -> tuple:
    with django_db_blocker.unblock():
        return {}, tables()


@pytest.fixture
def remembered(_kept_rows: tuple) -> Remembered:
    """What fixtures wrote, written again for later tests without doing its deeds again (see ``tests/remembered.py``)."""
    return Remembered(*_kept_rows)


@pytest.fixture
def city(db: None, remembered: Remembered) -> City:
    """The units of the test city; nobody works in them yet (see ``people`` and ``person``)."""
    from lianxin.foundation.text import forget

    made = remembered("city", _make_city)
    # They were made past the deeds that tell the segmenter of new names; words of an earlier test must not live on.
    forget()
    return made


def _make_city() -> City:
    from lianxin.organisations.models import OfficeFunction, Organisation

    kind = Organisation.Kind
    root = Organisation.add_root(name="和安市人民政府", short_name="市政府", slug="hean", kind=kind.GOVERNMENT)

    def unit(parent, name: str, short_name: str, slug: str, kind: str) -> Organisation:
        return Organisation.objects.get(pk=parent.pk).add_child(name=name, short_name=short_name, slug=slug, kind=kind)

    office = unit(root, "和安市人民政府办公室", "市政府办公室", "office", kind.OFFICE)
    centre = unit(root, "和安市信息中心", "市信息中心", "centre", kind.INSTITUTION)
    education = unit(root, "和安市教育局", "市教育局", "education", kind.DEPARTMENT)
    health = unit(root, "和安市卫生健康委员会", "市卫健委", "health", kind.DEPARTMENT)
    county = unit(root, "青石县人民政府", "青石县", "qingshi", kind.COUNTY)
    county_bureau = unit(county, "青石县教育局", "青石县教育局", "qingshi-education", kind.DEPARTMENT)
    township = unit(county, "柳河镇人民政府", "柳河镇", "liuhe", kind.TOWNSHIP)
    for organisation, function in ((office, "government_office"), (centre, "information_centre")):
        OfficeFunction.objects.create(organisation=organisation, function=function, scope=root)
    units = (root, office, centre, education, health, county, county_bureau, township)
    return City(*(Organisation.objects.get(pk=unit.pk) for unit in units))


@pytest.fixture
def person(db: None) -> Callable[..., object]:
    """``person("wang", "editor", unit)``: a member of staff with that post since 2020; without a role, an account without posts.

    The password of everybody is ``tests.conftest.PASSWORD``.
    """
    from lianxin.identity.models import User
    from lianxin.organisations.models import Post

    def make(username: str, role: str = "", organisation=None, *, name: str = "", title: str = "", **fields) -> User:
        user = User.objects.filter(username=username).first()
        if user is None:
            user = User.objects.create_user(
                username, f"{username}@example.com", PASSWORD, **{"name": name or username, "is_staff": True, "kind": User.Kind.STAFF, **fields}
            )
        if role:
            Post.objects.create(user=user, organisation=organisation, role=role, title=title, starts_on=date(2020, 1, 1))
        return user

    return make


@pytest.fixture
def people(city: City, person: Callable[..., object], remembered: Remembered) -> SimpleNamespace:
    """One person for each part in publishing, and ``admin``, a superuser who holds no post.

    ``editor`` and ``manager`` work in the education bureau, ``other_editor`` in the health commission, ``township_editor`` in the township;
    everybody else at the city itself, the county's reviewer and chief in the county.
    """
    return remembered("people", lambda: _make_people(city, person))


def _make_people(city: City, person: Callable[..., object]) -> SimpleNamespace:
    from lianxin.identity.models import User

    return SimpleNamespace(
        editor=person("editor", "editor", city.education, name="王晓梅"),
        other_editor=person("other-editor", "editor", city.health, name="李文"),
        second_editor=person("second-editor", "editor", city.education, name="周小雨"),
        reviewer=person("reviewer", "reviewer", city.root, name="张建国"),
        chief=person("chief", "chief", city.root, name="刘志强"),
        security=person("security", "security", city.root, name="陈保民"),
        duty=person("duty", "duty", city.root, name="赵值班"),
        manager=person("manager", "unit_manager", city.education, name="孙管理"),
        site_manager=person("site-manager", "site_manager", city.root, name="钱站长"),
        leader=person("leader", "leader", city.root, name="林清和", title="市长"),
        auditor=person("auditor", "auditor", city.root, name="郑审计"),
        township_editor=person("township-editor", "editor", city.township, name="何乡"),
        county_reviewer=person("county-reviewer", "reviewer", city.county, name="吴县"),
        county_chief=person("county-chief", "chief", city.county, name="冯县"),
        county_security=person("county-security", "security", city.county, name="卫县"),
        nobody=person("nobody", name="无岗"),
        admin=User.objects.create_superuser("admin", "admin@example.com", PASSWORD, name="系统管理员"),
    )


@pytest.fixture
def site_tree(city: City, db: None):
    """The first site (host ``localhost``) that the migrations made, with its root page; rooms above add their pages to it."""
    from wagtail.models import Site

    return Site.objects.select_related("root_page").get(is_default_site=True)
