"""Addresses of the staff side, below /desk/people/."""

from django.urls import path

from lianxin.organisations import desk

app_name = "organisations_desk"
urlpatterns = [
    path("", desk.people, name="people"),
    path("mine/", desk.mine, name="mine"),
    path("new/", desk.new_account, name="new_account"),
    path("new-partner/", desk.new_partner, name="new_partner"),
    path("locks/", desk.locks, name="locks"),
    path("locks/<int:pk>/lift/", desk.unlock_row, name="unlock_row"),
    path("leaders/", desk.leaders, name="leaders"),
    path("leaders/<int:pk>/portfolio/", desk.portfolio, name="portfolio"),
    path("leaders/<int:pk>/page/", desk.leader_page, name="leader_page"),
    path("units/", desk.units, name="units"),
    path("units/new/", desk.new_unit, name="new_unit"),
    path("units/<int:pk>/", desk.unit, name="unit"),
    path("units/<int:pk>/edit/", desk.edit_unit, name="edit_unit"),
    path("units/<int:pk>/rename/", desk.rename_unit, name="rename_unit"),
    path("units/<int:pk>/duties/", desk.duties, name="duties"),
    path("units/<int:pk>/sections/new/", desk.section, name="new_section"),
    path("units/<int:pk>/sections/<int:section_pk>/", desk.section, name="section"),
    path("units/<int:pk>/office/", desk.office, name="office"),
    path("units/<int:pk>/merge/", desk.merge, name="merge"),
    path("posts/<int:pk>/end/", desk.end_post, name="end_post"),
    path("posts/<int:pk>/hand-over/", desk.hand_over, name="hand_over"),
    path("handovers/<int:pk>/cancel/", desk.cancel_handover, name="cancel_handover"),
    path("<int:pk>/", desk.person, name="person"),
    path("<int:pk>/appoint/", desk.appoint, name="appoint"),
    path("<int:pk>/leave/", desk.leave, name="leave"),
    path("<int:pk>/reset-password/", desk.reset_password, name="reset_password"),
    path("<int:pk>/second-factor/", desk.drop_second_factor, name="drop_second_factor"),
    path("<int:pk>/disable/", desk.disable, name="disable"),
    path("<int:pk>/enable/", desk.enable, name="enable"),
    path("<int:pk>/unlock/", desk.unlock, name="unlock"),
    path("<int:pk>/extend/", desk.extend_partner, name="extend_partner"),
]
