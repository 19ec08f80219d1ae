"""Rights on Wagtail's pages, derived from posts: city staff at the root of the cluster, a unit's staff on their own columns.

Groups are made and filled here only. A person with permission rows on 273 sites would wait for seconds in the explorer; this
way nobody has more than a few.
"""

from collections.abc import Iterator

from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from lianxin.identity.models import User
from lianxin.organisations.models import Organisation
from lianxin.organisations.queries import posts_of
from lianxin.publishing import queries
from lianxin.publishing.models import ColumnDuty, ColumnPage, SiteProfile
from lianxin.publishing.queries import WRITING_ROLES

STAFF, EVERYWHERE, CONTRIBUTORS = "工作人员", "全市采编", "各单位供稿"


def sync_user(user: User) -> None:
    """Put a person into the groups that the posts in force ask for, and out of all others made here."""
    units = {name: unit for name, unit in _groups_wanted(user)}
    groups = {group.name: group for group in Group.objects.filter(name__in=units)}
    missing = [_make(name, unit) for name, unit in units.items() if name not in groups]
    user.groups.set([*groups.values(), *missing])


def _groups_wanted(user: User) -> Iterator[tuple[str, Organisation | None]]:
    """The names of a person's groups; beside a unit's own group stands the unit."""
    if not user.works_here:
        return
    yield STAFF, None
    for post in posts_of(user).filter(role__in=WRITING_ROLES):
        yield CONTRIBUTORS, None
        if queries.is_city(post.organisation):
            yield EVERYWHERE, None
        else:
            yield _name_of(post.organisation), post.organisation


def _name_of(organisation: Organisation) -> str:
    return f"单位：{organisation.pk}"


def _make(name: str, unit: Organisation | None) -> Group:
    if unit is not None:
        return sync_unit(unit)
    return {STAFF: _staff_group, CONTRIBUTORS: _contributors_group, EVERYWHERE: _everywhere_group}[name]()


def sync_unit(organisation: Organisation) -> Group:
    """The group of a unit's writers, with rights on the columns that the unit keeps and on the sites it or a unit below it owns."""
    group, _ = Group.objects.get_or_create(name=_name_of(organisation))
    sites = SiteProfile.objects.filter(organisation__path__startswith=organisation.path)
    pages = set(sites.values_list("site__root_page_id", flat=True))
    pages |= set(ColumnDuty.objects.filter(organisation=organisation).values_list("column_id", flat=True))
    _grant(group, pages, ("add_page", "change_page"))
    return group


def sync_lineage(organisation: Organisation) -> None:
    """After a site of a unit opened: let the writers of the unit, and of those above it that have some, work there."""
    lineage = organisation.lineage()
    present = set(Group.objects.filter(name__in=[_name_of(unit) for unit in lineage]).values_list("name", flat=True))
    for unit in lineage:
        if _name_of(unit) in present:
            sync_unit(unit)


def sync_contributors() -> None:
    """Let every unit's writers add to the columns that are open to all."""
    _grant(_contributors_group(), set(ColumnPage.objects.filter(open_to_units=True).values_list("pk", flat=True)), ("add_page",))


def _staff_group() -> Group:
    group, created = Group.objects.get_or_create(name=STAFF)
    if created:
        group.permissions.add(Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin"))
    return group


def _contributors_group() -> Group:
    group, created = Group.objects.get_or_create(name=CONTRIBUTORS)
    if created:
        _grant_media(group)
        sync_contributors()
    return group


def _everywhere_group() -> Group:
    group, created = Group.objects.get_or_create(name=EVERYWHERE)
    if created:
        _grant(group, {Page.get_first_root_node().pk}, ("add_page", "change_page"))
    return group


def _grant(group: Group, pages: set[int], codenames: tuple[str, ...]) -> None:
    permissions = Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=codenames)
    GroupPagePermission.objects.filter(group=group).exclude(page_id__in=pages).delete()
    present = set(GroupPagePermission.objects.filter(group=group).values_list("page_id", "permission_id"))
    wanted = {(page, permission.pk) for page in pages for permission in permissions}
    GroupPagePermission.objects.bulk_create(
        [GroupPagePermission(group=group, page_id=page, permission_id=permission) for page, permission in wanted - present]
    )


def _grant_media(group: Group) -> None:
    root = Collection.get_first_root_node()
    # Wagtail asks for the permissions of its own models, whatever models of ours stand in for them.
    wanted = Q(content_type__app_label="wagtailimages", codename__in=["add_image", "choose_image"])
    wanted |= Q(content_type__app_label="wagtaildocs", codename__in=["add_document", "choose_document"])
    for permission in Permission.objects.filter(wanted):
        GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission=permission)
