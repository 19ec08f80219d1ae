"""An Atom feed for every column."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from lianxin.foundation.pagestore import keeps
from lianxin.publishing.queries import column_by_path, latest, site_profile

ENTRIES = 30


@require_safe
@keeps()
def column(request: HttpRequest, column: str) -> HttpResponse:
    """The newest articles of a column, sub-columns included, newest first."""
    profile = site_profile(request)
    found = column_by_path(profile.site, column)
    if found is None:
        raise Http404
    feed = Atom1Feed(
        title=f"{found.title} - {profile.name}",
        link=request.build_absolute_uri(found.href),
        description=found.description,
        language="zh-Hans",
        feed_url=request.build_absolute_uri(),
        author_name=profile.organiser,
    )
    for item in sorted(latest(found.id, ENTRIES), key=lambda row: row.published_at, reverse=True):
        address = request.build_absolute_uri(item.href)
        feed.add_item(
            title=item.title,
            link=address,
            description=item.summary or item.title,
            unique_id=address,
            author_name=item.unit_name,
            pubdate=item.published_at,
            updateddate=item.published_at,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
