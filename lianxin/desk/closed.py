"""Doors of Wagtail's admin that stay shut for everybody, superusers included: behind them one could go round the reviews or the record.

Pages are guarded by publishing.permissions as well; shutting the doors gives people a sentence instead of a refusal without reason.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

PATTERNS = (
    # Sites, groups and users are kept by our own rooms; redirects follow from moving.
    r"^sites/(?:new|edit|delete|add|chooser|copy|inspect|history|usage|results|\d+)/.*$",
    r"^redirects/.*$",
    r"^(?:users|groups)/.*$",
    r"^collections/.*$",
    r"^snippets/.*$",
    r"^workflows/.*$",
    r"^reports/(?:locked|workflow|workflow_tasks|aging-pages|page-types-usage).*$",
    # Publishing, withdrawing, aliases, locks and passwords on pages.
    r"^pages/\d+/(?:unpublish|convert_alias|privacy|lock|unlock|set_position)/$",
    r"^pages/workflow/.*$",
    r"^pages/\d+/revisions/\d+/unschedule/$",
    r"^bulk/wagtailcore/page/.*$",
    r"^bulk/publishing/(?:homepage|columnpage|articlepage)/.*$",
    # Deleting or emptying shelves in bulk; single files have a deed.
    r"^bulk/publishing/(?:picture|attachment)/(?:delete|add_to_collection)/$",
    r"^api/main/pages/\d+/action/.*$",
    r"^test404/$",
    r"^failwhale/$",
)

SENTENCE = "这项操作不在这里办理。发布、撤下、移动、站点和人员都有各自的页面，每一步都留记录。"


def closed(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
    """Say where to go instead."""
    if request.path.startswith("/desk/api/") or request.headers.get("x-requested-with") == "XMLHttpRequest":
        return JsonResponse({"detail": SENTENCE}, status=403)
    return render(request, "desk/closed.html", {"page_title": "不在这里办理", "sentence": SENTENCE}, status=403)
