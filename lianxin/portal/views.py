"""The pages of the public side that are not in the page tree, the quick way to those that are, and the pages for errors."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail.views import serve as serve_by_tree

from lianxin.figures import queries as figures
from lianxin.foundation.pagestore import keeps, tag
from lianxin.organisations.models import Leader, Organisation
from lianxin.organisations.queries import in_force
from lianxin.organisations.tags import PEOPLE
from lianxin.portal import queries
from lianxin.portal.columns import trail
from lianxin.portal.context import ELDER_COOKIE
from lianxin.publishing.models import HomePage, SiteProfile
from lianxin.publishing.queries import navigation, site_profile, unit_latest

NEWS_OF_A_UNIT = 12
NEWS_OF_A_LEADER = 12
LONGEST_FILTER = 40


# --- pages of the tree ---------------------------------------------------------------------------------------------------


@require_safe
@keeps()
def front(request: HttpRequest) -> HttpResponse:
    """The home page of the site, without asking the tree for it."""
    return HomePage.objects.get(pk=site_profile(request).site.root_page_id).serve(request)


@require_safe
@keeps("page", "month")
def page(request: HttpRequest, path: str) -> HttpResponse:
    """A column or an article by its address.

    The columns are known already, so that one query finds the page where walking the tree takes two for every level.
    Whatever is not found here is left to Wagtail, which knows previews, redirects and the rest.
    """
    site = site_profile(request).site
    href = f"/{path}"
    way = trail(navigation(site), href)
    if way and way[-1].href == href:
        return queries.column(way[-1]).serve(request)
    slug = path.rstrip("/").rpartition("/")[2]
    if way and way[-1].href + slug + "/" == href:
        found = queries.article_in(way[-1], slug, site.root_page.url_path)
        if found is not None:
            return found.serve(request)
    return serve_by_tree(request, path)


# --- units and leaders ---------------------------------------------------------------------------------------------------


@require_safe
@keeps()
def organisations(request: HttpRequest) -> HttpResponse:
    """The directory of units by kind, filtered by the words of ``?q=``."""
    profile = site_profile(request)
    words = request.GET.get("q", "").strip()[:LONGEST_FILTER]
    return render(request, "portal/organisations.html", {"groups": queries.directory(profile, words), "words": words, "nested": queries.COUNTIES})


@require_safe
@keeps()
def organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """A unit: duties, people, contact, sections, news. One that has ended leads to the unit that took its duties over."""
    unit = queries.unit(slug)
    if unit is None:
        raise Http404
    if unit.ended_on is not None and unit.successor is not None:
        return HttpResponsePermanentRedirect(unit.successor.get_absolute_url())
    profile = site_profile(request)
    tag("sites")
    return render(
        request,
        "portal/organisation.html",
        {
            "unit": unit,
            "parent": unit.get_parent() if unit.depth > 1 else None,
            "duties": list(unit.duties.all()),
            "sections": list(unit.sections.all()),
            "former_names": list(unit.former_names.all()),
            "heads": queries.heads(unit),
            "in_charge": queries.leader_in_charge(unit),
            "below": queries.below(unit),
            "record": figures.brief(unit),
            "own_site": SiteProfile.objects.filter(organisation=unit, closed_at__isnull=True).exclude(pk=profile.pk).select_related("site").first(),
            "news": unit_latest(unit.pk, profile.site, NEWS_OF_A_UNIT),
        },
    )


@require_safe
@keeps()
def leaders(request: HttpRequest) -> HttpResponse:
    """The leaders in office (市长之窗), by the body they belong to."""
    groups: dict[Organisation, list[Leader]] = {}
    for found in queries.leaders(site_profile(request)):
        groups.setdefault(found.post.organisation, []).append(found)
    return render(request, "portal/leaders.html", {"groups": list(groups.items())})


@require_safe
@keeps()
def leader(request: HttpRequest, slug: str) -> HttpResponse:
    """A leader: brief, résumé, what he or she answers for, news."""
    tag(PEOPLE)
    found = Leader.objects.filter(slug=slug, post__in=in_force()).select_related("post__user", "post__organisation").first()
    if found is None:
        raise Http404
    site = site_profile(request).site
    return render(
        request,
        "portal/leader.html",
        {
            "leader": found,
            "units": queries.units_in_charge_of(found),
            "news": queries.news_of_leader(found, site, NEWS_OF_A_LEADER),
            "colleagues": [other for other in queries.leaders(site_profile(request)) if other.pk != found.pk],
        },
    )


# --- about the site ------------------------------------------------------------------------------------------------------


@require_safe
@keeps()
def site_map(request: HttpRequest) -> HttpResponse:
    """All columns of the site on one page (网站地图)."""
    return render(request, "portal/map.html")


@require_safe
@keeps()
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement, and how to use the tools."""
    return render(request, "portal/accessibility.html")


@require_safe
@keeps()
def privacy(request: HttpRequest) -> HttpResponse:
    """What the site keeps about its readers."""
    return render(request, "portal/privacy.html")


@require_safe
@never_cache
def elder(request: HttpRequest) -> HttpResponse:
    """Switch the larger and simpler pages on or off and go back to where the reader was; remembered for a year."""
    if "to" not in request.GET:
        return accessibility(request)
    back = request.GET.get("back", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = "/"
    response = HttpResponseRedirect(back)
    if request.GET.get("to") == "elder":
        # Readable by script on purpose: pages kept by address apply the mode in the browser.
        response.set_cookie(ELDER_COOKIE, "elder", max_age=365 * 24 * 3600, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    else:
        response.delete_cookie(ELDER_COOKIE, samesite="Lax")
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What a reader sees without a connection; the service worker keeps it."""
    return HttpResponse(render_to_string("portal/offline.html"))


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, at the root so that it serves the whole site."""
    return HttpResponse(render_to_string("portal/sw.js"), content_type="text/javascript; charset=utf-8")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read."""
    closed = [f"Disallow: {path}" for path in ("/desk/", "/elder/", "/my/", "/offline/", "/write/", "/follow/")]
    lines = ["User-agent: *", *closed, *(f"Sitemap: {request.build_absolute_uri(path)}" for path in ("/sitemap.xml", "/letters/sitemap.xml"))]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


# --- operation -----------------------------------------------------------------------------------------------------------


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve pages: the database answers and there is a site."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        ready = SiteProfile.objects.exists()
    except DatabaseError:
        return JsonResponse({"ready": False, "database": False}, status=503)
    return JsonResponse({"ready": ready, "database": True}, status=200 if ready else 503)


# --- errors --------------------------------------------------------------------------------------------------------------


def _standing_alone(template: str, status: int, **words: str) -> HttpResponse:
    """A page that needs neither database nor session."""
    return HttpResponse(render_to_string(template, words), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, for addresses and forms that make no sense."""
    return _standing_alone("portal/400.html", 400)


def too_large(request: HttpRequest) -> HttpResponse:
    """413, for what is larger than the site accepts."""
    return _standing_alone("portal/413.html", 413, limit=f"{settings.MAX_REQUEST_BYTES // 2**20} MB")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, with the reason when the room that refused gave one in Chinese."""
    return _standing_alone("portal/403.html", 403, reason=str(exception or ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403, for a form that stayed open too long or came from elsewhere."""
    return _standing_alone("portal/csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, within the site's frame so that readers find their way."""
    try:
        return render(request, "portal/404.html", status=404)
    except (DatabaseError, SiteProfile.DoesNotExist):
        return _standing_alone("portal/404_plain.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: whatever broke, this page does not need it."""
    return _standing_alone("portal/500.html", 500)
