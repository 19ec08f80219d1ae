"""The texts that people consent to. A text is never edited: a new wording is a new version, so that a record says what was agreed to."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One version of a text. ``needed_for`` says what is not possible without it."""

    kind: str
    version: str
    title: str
    paragraphs: tuple[str, ...]
    needed_for: str

    @property
    def digest(self) -> str:
        """SHA-256 of the wording."""
        return hashlib.sha256("\n".join((self.title, *self.paragraphs)).encode()).hexdigest()

    @property
    def mark(self) -> str:
        """Kind, version and wording in short, for records of a consent that stand elsewhere."""
        return f"{self.kind}/{self.version}/{self.digest[:16]}"


PRIVACY, SENSITIVE, GUARDIAN = "privacy", "sensitive", "guardian"
_texts: dict[str, Text] = {}


def register(text: Text) -> Text:
    """Put a text in force; a room above adds its own. A later version of a kind takes the place of the earlier."""
    _texts[text.kind] = text
    return text


def text(kind: str) -> Text:
    """The text in force. Raises KeyError for a kind that nobody registered."""
    return _texts[kind]


def title(kind: str) -> str:
    """What a consent is called in lists, also one whose text is no longer in force."""
    return _texts[kind].title if kind in _texts else kind


register(
    Text(
        PRIVACY,
        "2026-11",
        "个人信息处理说明",
        (
            "您登录后，我们保存您的手机号，用来确认是您本人、把办理进展告诉您。称呼由您自愿填写。",
            "手机号、姓名、证件号码加密保存，与您办的事分开存放。工作人员每一次查看都有记录，您可以随时在“我的”中看到是谁、什么时候、为什么看的。",
            "信息只用于办理您提出的事项，不用于其他目的，不提供给与办理无关的单位和个人。",
            "您可以查阅、复制、更正您的信息，可以撤回同意、注销账号。注销后，您的信息会被删除，法律要求保存的部分会逐项告诉您。",
            "登录记录按《中华人民共和国网络安全法》保存不少于六个月；同意和查看的记录按《中华人民共和国个人信息保护法》保存三年。",
        ),
        "登录和办事",
    )
)
register(
    Text(
        SENSITIVE,
        "2026-11",
        "敏感个人信息单独同意书",
        (
            "身份证号是敏感个人信息。只有办理需要实名的事项时才需要它；不提供，不影响浏览、咨询和查询。",
            "我们把您的姓名和身份证号与权威数据比对一次，确认是否一致。身份证号加密保存，页面上只显示首末两位。",
            "您可以随时撤回。撤回后，我们删除您的身份证号和姓名，您的账号回到“手机号已核验”；已经办结的事项不受影响。",
        ),
        "实名核验，以及需要实名的事项",
    )
)
register(
    Text(
        GUARDIAN,
        "2026-11",
        "监护人同意书",
        (
            "孩子不满十四周岁，处理他的个人信息须经父母或其他监护人同意（《中华人民共和国个人信息保护法》第三十一条）。",
            "我是这个孩子的监护人，已阅读《个人信息处理说明》，同意孩子使用本账号提出问题和建议，并会陪同孩子使用。",
            "我们核对监护人的姓名和身份证号，只保存姓名和手机号，不保存监护人的身份证号。监护人可以随时撤回同意，撤回后账号不能再办事。",
        ),
        "不满十四周岁的孩子办事",
    )
)
