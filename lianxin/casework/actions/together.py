"""Cases that hang together: linked, or joined to one that is answered for all, each person for himself."""

from lianxin.casework import moments
from lianxin.casework.actions import required
from lianxin.casework.actions.common import clean, working
from lianxin.casework.events import EventType
from lianxin.casework.models import Case, CaseEvent, CaseLink, Cluster, EventVisibility, Message, Promise
from lianxin.casework.vocabulary import Stage
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.identity.models import User


def link_cases(actor: User, case: Case, other: Case, relation: str, *, version: int | None = None) -> Case:
    """Record that one case has to do with another: same matter, follow-up, appeal of, split from. Nothing is merged."""
    with working(actor, case, "link_cases", version=version) as work:
        required.office(work)
        if case.pk == other.pk:
            raise Refused("不能与自己关联。")
        if any(row.other_id == other.pk and row.relation == relation for row in work.rows.all(CaseLink)):
            raise Refused("这两件已经关联过了。")
        payload = {"other": other.pk, "relation": CaseLink.Relation(relation).value}
        work.record(EventType.LINKED, payload)
    return work.case


def open_cluster(actor: User, main: Case, title: str, *, version: int | None = None) -> Case:
    """Make a case the one that is handled for others about the same matter.

    ``title`` are the office's own words, shown to everybody who writes about the same; empty: the matter is shown to nobody.
    """
    title = clean(title, "事项", longest=100, required=False)
    with working(actor, main, "open_cluster", version=version) as work:
        required.office(work)
        if work.case.cluster_id is not None:
            raise Refused("这件已经并入另一件，请以那一件为主。")
        if work.rows.all(Cluster):
            raise Refused("这件已经是同类件的主件。")
        work.record(EventType.CLUSTER_OPENED, {"title": title})
    return work.case


def join_cluster(actor: User | None, case: Case, main: Case, *, version: int | None = None) -> Case:
    """Let a case wait for the answer to ``main``: one handling, each person answered. By the office, or by the petitioner himself ("me too").

    Its clock runs on; when ``main`` was answered already, the answer follows at once.
    """
    with working(actor, case, "join_cluster", version=version) as work:
        if work.user is not None and required.is_office(work):
            required.office(work)
        else:
            required.owner(work)
        cluster = Cluster.objects.filter(case=main).select_related("case").first()
        if cluster is None:
            raise Refused("请先把那一件设为同类件的主件。")
        if case.pk == main.pk or work.rows.all(Cluster) or work.case.cluster_id is not None:
            raise Refused("这件已经属于一组同类件。")
        if cluster.case.kind != work.case.kind or (cluster.case.is_sealed and not work.case.is_sealed):
            raise Refused("这两件不能合并办理。")
        if cluster.case.stage in (Stage.DECLINED, Stage.WITHDRAWN):
            raise Refused("那一件没有继续办理，不能并入。")
        work.record(EventType.CLUSTER_JOINED, {"main": main.pk}, visibility=EventVisibility.PARTIES)
        if cluster.answered_at is not None:
            _enqueue(case.pk)
    return work.case


def answer_cluster(actor: User, main: Case, *, version: int | None = None) -> Case:
    """Let the answer to ``main`` be the answer to every case that joined it: one job for each, so that each is told for himself."""
    with working(actor, main, "answer_cluster", version=version) as work:
        if not required.is_office(work) and work.case.lead_id not in work.standing.units:
            raise Forbidden("统一答复由主办单位或分办岗位办理。")
        required.not_its_target(work)
        work.unit = work.case.office if required.is_office(work) else work.case.lead
        if not work.rows.all(Cluster):
            raise Refused("这件没有同类件。")
        work.record(EventType.CLUSTER_ANSWERED)
        for member in Case.objects.filter(cluster=main.pk, is_open=True).values_list("pk", flat=True):
            _enqueue(member)
    return work.case


def _enqueue(member: int) -> None:
    from lianxin.casework.jobs import answer_one

    if moments.is_import():
        return
    answer_one.enqueue(member, dedupe_key=f"answer-{member}")


def miss_for_members(main: Case, promise: Promise) -> None:
    """A promise in the answer to ``main`` was missed: one job for each case that was answered with it."""
    from lianxin.casework.jobs import miss_for_member

    for member in Case.objects.filter(cluster=main.pk, stage__in=(Stage.REPLIED, Stage.CLOSED)).values_list("pk", flat=True):
        miss_for_member.enqueue(member, promise.pk, dedupe_key=f"promise-{promise.pk}-{member}")


def miss_shared_promise(case: Case, promise: Promise) -> Case:
    """Handle a case again that was answered with the reply whose promise was missed; it waits for the main case's next answer.

    Refused when it was not answered with that reply, or has been taken up again already.
    """
    with working(None, case, "settle_promise") as work:
        answer = CaseEvent.objects.filter(case=case, type=EventType.ANSWERED_WITH).order_by("-seq").first()
        told = answer is not None and (answer.payload["main"], answer.payload["message"]) == (promise.case_id, promise.message)
        if not told or promise.state != Promise.State.MISSED or work.kind.moves(work.stage, "miss_promise") is None:
            raise Refused("这件没有用那份答复，或已经重新办理。")
        work.enter("miss_promise")
        work.record(EventType.PROMISE_MISSED, {"main": promise.case_id, "promise": promise.seq}, visibility=EventVisibility.PARTIES)
    return work.case


def answer_member(case: Case) -> Case:
    """Answer a case that joined another with that one's last reply. Refused when it was answered already or there is no reply yet."""
    with working(None, case, "answer_member") as work:
        main = work.case.cluster
        if main is None:
            raise Refused("这件没有并入别的件。")
        reply = Message.objects.filter(case=main, kind=Message.Kind.REPLY, state=Message.State.PUBLISHED).order_by("-seq").first()
        if reply is None or main.stage not in (Stage.REPLIED, Stage.CLOSED):
            raise Refused("主件还没有答复。")
        work.unit = reply.organisation
        payload = {
            "main": main.pk,
            "message": reply.seq,
            "organisation": reply.organisation_id,
            "author": reply.author_id,
            "outcome": reply.outcome,
            "in_person": reply.in_person,
        }
        work.record(EventType.ANSWERED_WITH, payload, {"body": reply.body}, visibility=EventVisibility.PUBLIC)
    return work.case
