"""Who may do a deed. Each function raises Forbidden with a sentence, or names the unit in whose name the actor acts."""

from lianxin.casework.actions.common import Work, owns
from lianxin.casework.models import Assignment, Case, Seal
from lianxin.casework.rights import UNIT_ROLES, Role, covers
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.organisations.models import Organisation, Post


def not_its_target(work: Work) -> None:
    """Nobody handles a case that is about himself or his own unit, or that its kind keeps from him."""
    user = work.user
    if user is None:
        return
    visible = work.kind.visible
    if visible is not None and not visible(Case.objects.filter(pk=work.case.pk), user).exists():
        raise Forbidden("没有找到这件，或者您不能办理它。")
    if not work.case.is_sealed:
        return
    for seal in work.rows.all(Seal):
        hidden = seal.user_id == user.pk if seal.user_id else covers_any(work, seal.organisation)
        if hidden:
            raise Forbidden("没有找到这件，或者您不能办理它。")


def covers_any(work: Work, organisation: Organisation | None) -> bool:
    """Whether one of the actor's units lies in ``organisation``."""
    return organisation is not None and any(path.startswith(organisation.path) for path in work.standing.paths)


def is_office(work: Work) -> bool:
    """Whether the actor acts for the unit that screens, by the post that the kind names."""
    return covers(work.standing.screening(work.kind.screened_by), work.case.office)


def office(work: Work) -> None:
    """Whoever acts for the unit that screens: its triage officers, or the post that the kind names."""
    not_its_target(work)
    role = work.kind.screened_by
    if not is_office(work):
        raise Forbidden(f"这一步由{work.case.office}“{Post.Role(role).label}”岗位办理，请与该岗位联系。")
    work.unit = work.case.office


def unit(work: Work, assignment: Assignment, *roles: str) -> None:
    """Somebody who handles cases in the assigned unit, in one of ``roles`` (default: any of them)."""
    not_its_target(work)
    wanted = roles or tuple(UNIT_ROLES)
    if not any(post.organisation_id == assignment.organisation_id for post in work.standing.holding(*wanted)):
        labels = "、".join(Post.Role(role).label for role in sorted(wanted))
        raise Forbidden(f"这一步由{assignment.organisation}“{labels}”岗位办理。")
    work.unit = assignment.organisation


def leader(work: Work, post: Post | None = None) -> Post:
    """A leader: of ``post``, or one who answers for the lead unit or to whom the case is addressed."""
    not_its_target(work)
    posts = work.standing.leader_posts
    if post is not None:
        found = next((one for one in posts if one.pk == post.pk), None)
    else:
        found = next((one for one in posts if one.pk == work.case.addressed_to_id), None)
        if found is None and covers(work.standing.portfolio_paths, work.case.lead or work.case.office):
            found = posts[0]
    if found is None:
        raise Forbidden("这一步由分管领导办理。")
    work.unit = found.organisation
    return found


def supervisor(work: Work) -> None:
    """The supervision office."""
    not_its_target(work)
    if not covers(work.standing.supervised_paths, work.case.lead or work.case.office):
        raise Forbidden("这一步由督查部门办理，请与督查室联系。")
    work.unit = work.standing.holding(Role.SUPERVISOR)[0].organisation


def owner(work: Work) -> None:
    """Whoever brought the case."""
    if not owns(work.actor, work):
        raise Forbidden("只有反映人本人可以这样做。请用提交时的账号登录，或用编号和查询码打开。")


def system(work: Work) -> None:
    """Nobody but the system itself."""
    if work.actor is not None:
        raise Forbidden("这一步由系统自动完成。")


def assignment_of(work: Work, assignment: Assignment) -> Assignment:
    """The assignment as this deed sees it. Raises Refused when it has ended."""
    found = work.rows.get(Assignment, assignment.seq)
    if not found.is_open:
        raise Refused(f"{found.organisation}在这件上的任务已经结束，请刷新页面。")
    return found


def own_assignment(work: Work) -> Assignment:
    """The open part of a unit in which the actor handles cases; the lead's before others."""
    return own_part(work, only_open=True)


def own_part(work: Work, *, only_open: bool = False) -> Assignment:
    """The part of a unit in which the actor handles cases, done ones included; the lead's before others."""
    not_its_target(work)
    parts = [row for row in work.rows.all(Assignment) if row.is_open or (not only_open and row.state != Assignment.State.ENDED)]
    mine = [row for row in parts if row.organisation_id in work.standing.units]
    if not mine:
        raise Forbidden("这件没有交给您的单位办理。")
    found = min(mine, key=lambda row: (row.role != Assignment.Role.LEAD, row.pk))
    work.unit = found.organisation
    return found
