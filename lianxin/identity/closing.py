"""Closing somebody's account at a counter: for which reasons, on which papers, and which papers go with which reason."""

from django.db.models import TextChoices

from lianxin.identity.models import User

WORD = "确认注销"
"""What the member of staff types, so that no account goes by a slip of the finger."""
ABOUT = "窗口注销账号"
"""The matter under which an administrator may read the masked data; the person finds it in the log of readings."""


class Reason(TextChoices):
    """Why the holder does not do it on the site."""

    WISH = "wish", "本人要求注销，自己办不了"
    LOST = "lost", "手机号不再使用，无法登录"
    UNABLE = "unable", "年老、患病等原因不再使用"
    DIED = "died", "本人去世"
    ENDED = "ended", "企业注销或者不再使用"


class Proof(TextChoices):
    """Which papers were looked at."""

    SELF = "self", "本人到场：核对身份证原件"
    AGENT = "agent", "代理人、监护人到场：核对授权或监护证明和双方身份证原件"
    RELATIVE = "relative", "近亲属到场：核对死亡证明、亲属关系证明和来人身份证原件"
    REGISTRY = "registry", "企业登记机关的注销证明"
    COURT = "court", "法院等机关的生效文书"


PAPERS: dict[str, frozenset[str]] = {
    Reason.WISH: frozenset({Proof.SELF, Proof.AGENT, Proof.COURT}),
    Reason.LOST: frozenset({Proof.SELF, Proof.AGENT, Proof.COURT}),
    Reason.UNABLE: frozenset({Proof.SELF, Proof.AGENT, Proof.COURT}),
    # Nobody who died comes himself, and no authorisation outlives him.
    Reason.DIED: frozenset({Proof.RELATIVE, Proof.COURT}),
    Reason.ENDED: frozenset({Proof.AGENT, Proof.REGISTRY, Proof.COURT}),
}
_OF_PERSONS = frozenset({Reason.UNABLE, Reason.DIED})
_OF_ENTERPRISES = frozenset({Reason.ENDED})


def reasons_for(kind: str) -> list[tuple[str, str]]:
    """The reasons that there are for a citizen's or an enterprise's account, as choices."""
    strange = _OF_PERSONS if kind == User.Kind.ENTERPRISE else _OF_ENTERPRISES
    return [(one.value, str(one.label)) for one in Reason if one not in strange]


def refusal(kind: str, reason: str, proof: str) -> str:
    """Why these papers do not do for this reason, as a Chinese sentence; empty when they do."""
    if reason not in dict(reasons_for(kind)):
        return "请选择注销的原因。"
    if proof not in Proof.values:
        return "请选择核对了哪一种证明。"
    if proof in PAPERS[reason]:
        return ""
    allowed = "；".join(str(Proof(one).label) for one in Proof.values if one in PAPERS[reason])
    return f"原因是“{Reason(reason).label}”的，要有下面一种证明：{allowed}。"
