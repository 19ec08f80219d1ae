"""Addresses of the staff side below /desk/; ``lianxin.desk.urls`` includes them before Wagtail's own, some of which they shadow on purpose."""

from django.urls import path

from lianxin.publishing.desk import articles, columns, media, reviews, sites

app_name = "publishing_desk"

urlpatterns = [
    path("review/", reviews.queue, name="queue"),
    path("review/bulk/", reviews.bulk, name="bulk"),
    path("review/<int:pk>/", reviews.screen, name="review"),
    path("write/", articles.WriteView.as_view(), name="write"),
    path("write/paste/", articles.clean_paste, name="paste"),
    path("write/<int:pk>/", articles.WriteView.as_view(), name="rewrite"),
    path("articles/<int:pk>/record/", articles.record, name="record"),
    path("articles/<int:pk>/submit/", articles.SubmitPage.as_view(), name="submit"),
    path("articles/<int:pk>/recall/", articles.RecallPage.as_view(), name="recall"),
    path("articles/<int:pk>/withdraw/", articles.WithdrawPage.as_view(), name="withdraw"),
    path("articles/<int:pk>/cancel-schedule/", articles.CancelSchedulePage.as_view(), name="cancel_schedule"),
    path("articles/<int:pk>/move/", articles.MovePage.as_view(), name="move"),
    path("articles/<int:pk>/emergency/", articles.EmergencyPage.as_view(), name="emergency"),
    path("articles/<int:pk>/discard/", articles.DiscardPage.as_view(), name="discard"),
    path("articles/<int:pk>/restore/<int:revision_pk>/", articles.RestorePage.as_view(), name="restore"),
    path("columns/", columns.columns, name="columns"),
    path("columns/open/", columns.OpenColumnPage.as_view(), name="open_column"),
    path("columns/<int:pk>/", columns.ChangeColumnPage.as_view(), name="column"),
    path("columns/<int:pk>/move/", columns.MoveColumnPage.as_view(), name="move_column"),
    path("columns/<int:pk>/close/", columns.CloseColumnPage.as_view(), name="close_column"),
    path("columns/<int:pk>/duty/", columns.DutyPage.as_view(), name="duty"),
    path("duties/", columns.duties, name="duties"),
    path("roster/", columns.roster, name="roster"),
    path("roster/<int:pk>/cancel/", columns.CancelShiftPage.as_view(), name="cancel_shift"),
    path("sites/", sites.sites, name="sites"),
    path("sites/<int:pk>/", sites.site, name="site"),
    path("chains/", sites.chains, name="chains"),
    path("chains/<int:pk>/", sites.chain, name="chain"),
    path("images/<int:image_id>/delete/", media.DiscardPicturePage.as_view(), name="discard_picture"),
    path("documents/delete/<int:document_id>/", media.DiscardAttachmentPage.as_view(), name="discard_attachment"),
    path("images/multiple/<int:image_id>/delete/", media.take_back_picture),
    path("documents/multiple/<int:doc_id>/delete/", media.take_back_attachment),
]
