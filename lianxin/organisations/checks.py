"""What can be wrong with units and posts; shown by ``lianxin check``."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from lianxin.organisations.models import Post


@register(Tags.security)
def roles_exist(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A misspelt role in LIANXIN_SECOND_FACTOR_ROLES would switch the second factor off without a word."""
    unknown = sorted(set(settings.SECOND_FACTOR_ROLES) - set(Post.Role.values))
    return [Error(f"LIANXIN_SECOND_FACTOR_ROLES 里没有这样的岗位：{role}。", id="organisations.E001") for role in unknown]


@register(Tags.database)
def nothing_orphaned(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """What hangs on a person or unit that is gone."""
    from lianxin.organisations.queries import orphans

    if not databases:
        return []
    try:
        return [Warning(sentence, id="organisations.W001") for sentence in orphans()]
    except DatabaseError:
        return []  # before the first migration
