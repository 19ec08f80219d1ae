"""The job behind every purge: it does no harm when the purge was heard, and is all there is when its process died after the commit."""

from lianxin.foundation import pagestore
from lianxin.foundation.jobs import job


@job("更新存着的页面", queue="fast")
def purge_again(tags: list[str], hard: bool) -> None:
    """Purge once more, a moment after the commit."""
    pagestore.purge_now(tags, hard=hard)
