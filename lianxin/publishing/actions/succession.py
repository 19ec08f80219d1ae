"""Nothing of publishing is orphaned when a person leaves or a unit becomes part of another; called by organisations inside its deeds."""

from datetime import date

from lianxin.foundation.audit import record as audit
from lianxin.foundation.pagestore import EVERYTHING, purge
from lianxin.identity.models import User
from lianxin.organisations.models import Organisation, Post
from lianxin.publishing import cachebox, search
from lianxin.publishing.actions import reviews, rights
from lianxin.publishing.models import ArticlePage, ColumnDuty, DutyShift, Listing, Review, SiteProfile


def pass_on(actor: User, person: User, posts: list[Post], successor: User | None, on: date) -> list[str]:
    """Column duties and coming shifts go to the successor; without one the deed is refused, naming what nobody would keep."""
    units = {post.organisation_id for post in posts}
    kept = ColumnDuty.objects.filter(person=person, organisation__in=units).select_related("column")
    reviewed = ColumnDuty.objects.filter(reviewer=person).select_related("column") if _leaves_review(posts) else ColumnDuty.objects.none()
    shifts = DutyShift.objects.filter(person=person, date__gt=on)
    if successor is None:
        phrases = [f"栏目“{duty.column.title}”的责任人" for duty in kept] + [f"栏目“{duty.column.title}”的审核人" for duty in reviewed]
        return phrases + [f"{shift.date} 的值班" for shift in shifts]
    for duty in kept:
        audit(actor, "publishing.set_duty", duty.column, f"栏目“{duty.column.title}”的责任人由{person}改为{successor}")
    # A person does not review the column that he or she keeps.
    kept.filter(reviewer=successor).update(reviewer=None)
    kept.update(person=successor)
    reviewed.exclude(person=successor).update(reviewer=successor)
    reviewed.filter(person=successor).update(reviewer=None)
    for shift in shifts:
        if DutyShift.objects.filter(organisation_id=shift.organisation_id, date=shift.date, person=successor).exists():
            shift.delete()
        else:
            DutyShift.objects.filter(pk=shift.pk).update(person=successor)
    return []


def _leaves_review(posts: list[Post]) -> bool:
    return any(post.role in (Post.Role.REVIEWER, Post.Role.CHIEF) for post in posts)


def merge(actor: User, unit: Organisation, into: Organisation, on: date) -> list[str]:
    """Articles, columns, sites, rosters and reviews under way go to the unit that takes over; articles keep the old name as their source."""
    ArticlePage.objects.filter(organisation=unit, source="").update(source=unit.short_name)
    ArticlePage.objects.filter(organisation=unit).update(organisation=into)
    Listing.objects.filter(unit=unit).update(unit=into, unit_name=into.short_name)
    search.changed_of_unit(into)
    ColumnDuty.objects.filter(organisation=unit).update(organisation=into)
    SiteProfile.objects.filter(organisation=unit).update(organisation=into)
    Review.objects.filter(organisation=unit).update(organisation=into)
    for shift in DutyShift.objects.filter(organisation=unit):
        if not DutyShift.objects.filter(organisation=into, date=shift.date, person=shift.person_id).exists():
            DutyShift.objects.filter(pk=shift.pk).update(organisation=into)
    rights.sync_unit(into)
    reviews.rehome_stages()
    cachebox.forget()
    # Rows were changed in bulk, which no signal tells of; mergers are rare.
    purge([EVERYTHING])
    return []


def posts_changed(person: User) -> None:
    """Rights on pages follow the posts, and so do the stages that wait for a signature."""
    rights.sync_user(person)
    reviews.rehome_stages()
