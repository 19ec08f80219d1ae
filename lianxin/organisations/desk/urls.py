"""Addresses of the staff side, below /desk/people/."""

from django.urls import path

from lianxin.organisations.desk import citizens, handovers, leaders, people, units

app_name = "organisations_desk"
urlpatterns = [
    path("", people.people, name="people"),
    path("mine/", handovers.mine, name="mine"),
    path("new/", people.new_account, name="new_account"),
    path("new-partner/", people.new_partner, name="new_partner"),
    path("locks/", people.locks, name="locks"),
    path("locks/<int:pk>/lift/", people.unlock_row, name="unlock_row"),
    path("citizens/", citizens.telephone, name="citizens_telephone"),
    path("citizens/code/", citizens.code, name="citizens_code"),
    path("citizens/close/", citizens.close, name="citizens_close"),
    path("citizens/close/confirm/", citizens.close_found, name="citizens_close_found"),
    path("leaders/", leaders.leaders, name="leaders"),
    path("leaders/<int:pk>/portfolio/", leaders.portfolio, name="portfolio"),
    path("leaders/<int:pk>/page/", leaders.leader_page, name="leader_page"),
    path("units/", units.units, name="units"),
    path("units/new/", units.new_unit, name="new_unit"),
    path("units/<int:pk>/", units.unit, name="unit"),
    path("units/<int:pk>/edit/", units.edit_unit, name="edit_unit"),
    path("units/<int:pk>/rename/", units.rename_unit, name="rename_unit"),
    path("units/<int:pk>/duties/", units.duties, name="duties"),
    path("units/<int:pk>/sections/new/", units.section, name="new_section"),
    path("units/<int:pk>/sections/<int:section_pk>/", units.section, name="section"),
    path("units/<int:pk>/office/", units.office, name="office"),
    path("units/<int:pk>/merge/", units.merge, name="merge"),
    path("posts/<int:pk>/end/", people.end_post, name="end_post"),
    path("posts/<int:pk>/hand-over/", handovers.hand_over, name="hand_over"),
    path("handovers/<int:pk>/cancel/", handovers.cancel_handover, name="cancel_handover"),
    path("<int:pk>/", people.person, name="person"),
    path("<int:pk>/appoint/", people.appoint, name="appoint"),
    path("<int:pk>/leave/", people.leave, name="leave"),
    path("<int:pk>/reset-password/", people.reset_password, name="reset_password"),
    path("<int:pk>/second-factor/", people.drop_second_factor, name="drop_second_factor"),
    path("<int:pk>/disable/", people.disable, name="disable"),
    path("<int:pk>/enable/", people.enable, name="enable"),
    path("<int:pk>/unlock/", people.unlock, name="unlock"),
    path("<int:pk>/extend/", people.extend_partner, name="extend_partner"),
]
