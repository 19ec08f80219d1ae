"""Addresses of the public side. Pages of the tree come last; ``views.page`` finds them without walking the tree."""

from django.urls import include, path, re_path
from wagtail.documents import urls as document_urls

from lianxin.portal import duedate, feeds, figures, media, search, sitemaps, views
from lianxin.portal.my.urls import urlpatterns as my_urls

# Not called app_name: Wagtail's names of documents must stay outside the namespace.
NAMESPACE = "portal"

public = [
    path("", views.front, name="home"),
    path("orgs/", views.organisations, name="organisations"),
    path("orgs/<slug:slug>/", views.organisation, name="organisation"),
    path("leaders/", views.leaders, name="leaders"),
    path("leaders/<slug:slug>/", views.leader, name="leader"),
    path("search/", search.page, name="search"),
    path("search/suggest/", search.suggest, name="suggest"),
    *my_urls,
    path("sitemap/", views.site_map, name="map"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("figures/visits/", figures.visits_page, name="visits"),
    path("tools/due-date/", duedate.page, name="due_date"),
    path("privacy/", views.privacy, name="privacy"),
    path("elder/", views.elder, name="elder"),
    path("offline/", views.offline, name="offline"),
    path("sw.js", views.service_worker, name="service_worker"),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    re_path(r"^feeds/(?P<column>[\w/-]+)/$", feeds.column, name="feed"),
    re_path(r"^media/(?P<name>.+)$", media.picture, name="media"),
]

urlpatterns = [
    path("", include((public, NAMESPACE), namespace=NAMESPACE)),
    re_path(r"^documents/(\d+)/(.*)$", media.document),
    path("documents/", include(document_urls)),
    re_path(r"^(?P<path>(?:[\w-]+/)+)$", views.page),
]
