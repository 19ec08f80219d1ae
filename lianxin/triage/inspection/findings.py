"""What an inspection returns."""

from dataclasses import dataclass

from django.db.models import TextChoices


class Kind(TextChoices):
    """What was found. The first eleven stand in letters and replies, the others are what a reply lacks."""

    IDENTITY = "identity", "身份证号"
    CARD = "card", "银行卡号"
    PHONE = "phone", "电话号码"
    PLATE = "plate", "车牌号"
    ACCOUNT = "account", "邮箱或网络账号"
    HOME = "home", "门牌号"
    PERSON = "person", "姓名"
    FIRM = "firm", "企业名称"
    INSULT = "insult", "不当用语"
    UNSEEN = "unseen", "不可见字符"
    HTML = "html", "网页代码"

    UNANSWERED = "unanswered", "没有回答的问题"
    NO_DATE = "no_date", "没有日期的承诺"
    NOT_KEPT = "not_kept", "没有登记的承诺"
    PASSED_ON = "passed_on", "只说已转"
    BOILERPLATE = "boilerplate", "套话"
    NO_REMEDY = "no_remedy", "没有告知救济途径"
    NO_SALUTATION = "no_salutation", "缺称谓"
    NO_HANDLING = "no_handling", "缺办理情况"
    NO_BASIS = "no_basis", "缺依据"
    NO_CONTACT = "no_contact", "缺联系人和电话"
    NO_DAY = "no_day", "缺答复日期"


@dataclass(frozen=True)
class Finding:
    """One place in a text, in characters of the text as it was given: ``text[start:end]``."""

    start: int
    end: int
    kind: Kind
    advice: str
    """What to do, in Chinese."""

    replacement: str | None = None
    """What stands in its place in the public version; None where nothing has to be hidden."""

    of_question: bool = False
    """The span lies in the letter, not in the reply (``replies.inspect_reply`` only)."""
