"""What everybody reads: 12345 explained, the way to write to the same office, its latest public answers. Kept by the page store."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianxin.foundation.pagestore import keeps
from lianxin.hotline import queries
from lianxin.hotline.kinds import HOTLINE

SHOWN = 12


@require_safe
@keeps()
def page(request: HttpRequest) -> HttpResponse:
    """``/hotline/``."""
    context = {"office": queries.public_office(), "limits": queries.limits(), "rows": queries.newest_answers(SHOWN), "kind": HOTLINE}
    return render(request, "hotline/hotline.html", context)
