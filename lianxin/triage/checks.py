"""What can be wrong with the index of matters; shown and mended by ``lianxin check``."""

from collections.abc import Iterator

from lianxin.foundation import health
from lianxin.foundation.search.shelf import NotBuilt
from lianxin.triage import actions
from lianxin.triage.similarity import index


def disagreement() -> Iterator[str]:
    """What is wrong, in sentences for the operator."""
    try:
        found = index.differences()
    except NotBuilt:
        yield "还没有相似来信的索引，一分钟内会自动建立。"
        return
    if found:
        yield f"相似来信的索引有 {len(found)} 条与数据库不一致，编号 {'、'.join(map(str, found[:5]))}{'……' if len(found) > 5 else ''}。"


def repair() -> None:
    """Bring the rows that disagree up to date; build the index where there is none."""
    try:
        found = index.differences()
    except NotBuilt:
        index.rebuild()
        return
    actions.look_again(found)
    index.update.call()


health.register("相似来信索引", disagreement, repair)
