"""Deeds as the page of a case offers them: one panel for each deed and target."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404

from lianxin.casedesk import forms
from lianxin.casedesk.deeds import DEEDS, Deed
from lianxin.casedesk.view import CaseView
from lianxin.casework.models import Assignment
from lianxin.foundation.errors import Refused


@dataclass
class Panel:
    """A deed as the page offers it, for one target."""

    deed: Deed
    target: Any
    form: forms.DeedForm
    open: bool = False

    @property
    def key(self) -> str:
        """Tells panels of the page apart."""
        return f"{self.deed.name}-{self.target.seq}" if self.target is not None else self.deed.name

    @property
    def label(self) -> str:
        """What is on the button; with the target where there could be several."""
        if isinstance(self.target, Assignment) and self.deed.group == "office":
            return f"{self.deed.label}（{self.target.organisation}）"
        return self.deed.label


def panels(view: CaseView, *, failed: Panel | None = None) -> list[Panel]:
    """Everything that may be done now, the failed one with what was typed."""
    found = []
    for deed in DEEDS.values():
        for target in deed.targets(view):
            panel = Panel(deed, target, deed.form(view, target, prefix=f"{deed.name}-{target.seq if target is not None else 0}"))
            found.append(failed if failed is not None and failed.key == panel.key else panel)
    if failed is not None and failed not in found:
        found.insert(0, failed)
    return found


def bound(view: CaseView, name: str, data: Any) -> Panel:
    """The panel that was sent, with its data. 404 for a deed that does not exist; Refused when its target is gone."""
    deed = DEEDS.get(name)
    if deed is None:
        raise Http404
    wanted = data.get("target", "")
    targets = deed.targets(view)
    target = next((one for one in targets if (str(one.seq) if one is not None else "") == wanted), None)
    if not targets or (wanted and target is None):
        raise Refused("这一步现在不能办理：件的情况有了变化，或者由别的岗位办理。")
    if not wanted and targets[0] is not None:
        target = targets[0]
    return Panel(deed, target, deed.form(view, target, data, prefix=f"{deed.name}-{target.seq if target is not None else 0}"), open=True)
