"""Whatever happens in whatever order: one leader in charge at most, nobody acts after the end, nothing is orphaned."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models import Count, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lianxin.foundation.errors import Refused
from lianxin.identity.models import User
from lianxin.organisations import actions, queries
from lianxin.organisations.models import Handover, Organisation, Portfolio, Post

pytestmark = pytest.mark.django_db
START = datetime(2025, 3, 3, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

index = st.integers(min_value=0, max_value=5)
day = st.integers(min_value=-2, max_value=6)
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("tomorrow")),
        st.tuples(st.just("appoint"), index, index, st.sampled_from(["editor", "leader", "head"]), day),
        st.tuples(st.just("end"), index, index, day),
        st.tuples(st.just("leave"), index, index, day),
        st.tuples(st.just("enable"), index),
        st.tuples(st.just("disable"), index),
        st.tuples(st.just("hand over"), index, index, day),
        st.tuples(st.just("portfolio"), index, st.sets(index, max_size=3), day),
        st.tuples(st.just("merge"), index, index, st.integers(min_value=-2, max_value=0)),
    ),
    max_size=25,
)


class Town:
    """A small city where deeds happen in any order; refusals are fine, broken rules are not."""

    def __init__(self) -> None:
        self.today = START.date()
        self.admin = User.objects.create_superuser("root", password="x", name="管理员")
        root = Organisation.add_root(name="市", short_name="市", slug="r", kind="government")
        self.units = [root]
        for number in range(5):
            parent = self.units[0] if number < 3 else self.units[1]
            unit = Organisation.objects.get(pk=parent.pk).add_child(
                name=f"局{number}", short_name=f"局{number}", slug=f"u{number}", kind="department"
            )
            self.units.append(unit)
        self.people = [User.objects.create_user(f"p{number}", password="x", name=f"人{number}", is_staff=True) for number in range(6)]
        for number, role, unit in ((0, "leader", 0), (1, "leader", 0), (2, "leader", 1), (3, "editor", 2), (4, "editor", 3), (5, "head", 4)):
            Post.objects.create(user=self.people[number], organisation=self.units[unit], role=role, starts_on=date(2025, 1, 1))

    def on(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def user(self, number: int) -> User:
        return User.objects.get(pk=self.people[number].pk)

    def unit(self, number: int) -> Organisation:
        return Organisation.objects.get(pk=self.units[number].pk)

    def post(self, number: int, which: int, **conditions) -> Post | None:
        posts = list(Post.objects.filter(user=self.people[number], **conditions).order_by("pk"))
        return posts[which % len(posts)] if posts else None

    def perform(self, deed: str, *details) -> None:
        """Perform one deed with whatever numbers were drawn."""
        if deed == "appoint":
            person, unit, role, days = details
            actions.appoint(self.admin, self.user(person), self.unit(unit), role, starts_on=self.on(days))
        elif deed == "end":
            person, successor, days = details
            if post := self.post(person, successor):
                actions.end_post(self.admin, post, self.on(days), self.user(successor))
        elif deed == "leave":
            person, successor, days = details
            actions.person_leaves(self.admin, self.user(person), self.on(days), self.user(successor))
        elif deed == "enable":
            actions.enable(self.admin, self.user(details[0]))
        elif deed == "disable":
            actions.disable(self.admin, self.user(details[0]), "演练")
        elif deed == "hand over":
            person, substitute, days = details
            if post := self.post(person, days):
                actions.hand_over(self.admin, post, self.user(substitute), self.on(days))
        elif deed == "portfolio":
            person, units, days = details
            if post := self.post(person, 0, role="leader"):
                actions.change_portfolio(self.admin, post, [self.unit(number) for number in units], self.on(days))
        elif deed == "merge":
            unit, into, days = details
            actions.merge_units(self.admin, self.unit(unit), self.unit(into), self.on(days))

    def check(self) -> None:
        """The rules that hold after every deed."""
        assert queries.orphans() == []
        for days in range(-3, 8):
            at = self.on(days)
            doubled = queries.portfolios_in_force(at).values("organisation").annotate(leaders=Count("pk")).filter(leaders__gt=1)
            assert not doubled.exists(), f"two leaders in charge on {at}"
        for user in User.objects.filter(pk__in=[person.pk for person in self.people]):
            self.check_acts(user)
        assert not Portfolio.objects.filter(ends_on__isnull=True).filter(Q(leader__ends_on__isnull=False)).exists(), (
            "in charge for ever, in office not"
        )

    def check_acts(self, user: User) -> None:
        """Nobody acts without a post in force or a handover in force, and nobody at all whose account has ended."""
        acting = list(queries.posts_of(user))
        assert not (acting and not user.works_here)
        for post in acting:
            assert post.starts_on <= self.today and (post.ends_on is None or post.ends_on >= self.today)
            assert (
                post.user_id == user.pk
                or Handover.objects.filter(
                    post=post, substitute=user, cancelled_at__isnull=True, starts_on__lte=self.today, until__gte=self.today
                ).exists()
            )


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds)
def test_no_order_of_deeds_breaks_the_rules(db, sequence):
    with transaction.atomic(), time_machine.travel(START, tick=False) as clock:
        town = Town()
        for deed, *details in sequence:
            if deed == "tomorrow":
                clock.shift(timedelta(days=1))
                town.today += timedelta(days=1)
            else:
                try:
                    town.perform(deed, *details)
                except Refused as refusal:
                    assert str(refusal)
            town.check()
        connection.check_constraints()
        transaction.set_rollback(True)
