"""Every deed of publishing. Nothing else changes sites, columns, articles, reviews or lists.

Each deed checks rights, changes rows, writes the audit entry and queues its jobs in one transaction, and returns its object.
``publish`` and ``take_down`` are left out on purpose: only reviews and the deeds of publication call them.
"""

from lianxin.publishing.actions.articles import discard_draft, restore_revision, save_draft, write_article
from lianxin.publishing.actions.bulk import Arrival, articles_imported, import_many
from lianxin.publishing.actions.lists import project, rebuild
from lianxin.publishing.actions.publication import cancel_schedule, import_published, move_article, publish_scheduled, withdraw, withdraw_expired
from lianxin.publishing.actions.reviews import default_chains, publish_emergency, recall, rehome_stages, reject, sign, submit
from lianxin.publishing.actions.rights import sync_user
from lianxin.publishing.actions.sites import (
    add_site,
    cancel_shift,
    change_column,
    change_site,
    close_column,
    move_column,
    open_column,
    set_duty,
    set_shift,
)

__all__ = [
    "Arrival",
    "add_site",
    "articles_imported",
    "cancel_schedule",
    "cancel_shift",
    "change_column",
    "change_site",
    "close_column",
    "default_chains",
    "discard_draft",
    "import_many",
    "import_published",
    "move_article",
    "move_column",
    "open_column",
    "project",
    "publish_emergency",
    "publish_scheduled",
    "rebuild",
    "recall",
    "rehome_stages",
    "reject",
    "restore_revision",
    "save_draft",
    "set_duty",
    "set_shift",
    "sign",
    "submit",
    "sync_user",
    "withdraw",
    "withdraw_expired",
    "write_article",
]
