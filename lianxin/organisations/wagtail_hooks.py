"""The menu 机构与人员 and the addresses behind it."""

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem

from lianxin.organisations import queries
from lianxin.organisations.desk import urls as desk_urls


class AdministratorsItem(MenuItem):
    """What nobody else can do is not in his menu."""

    def is_shown(self, request: HttpRequest) -> bool:
        """By post or as superuser."""
        return queries.is_administrator(request.user)


@hooks.register("register_admin_urls")
def urls() -> list[URLResolver]:
    """Below /desk/people/; Wagtail lets in only those who may enter the desk."""
    return [path("people/", include(desk_urls, namespace="organisations_desk"))]


@hooks.register("register_admin_menu_item")
def menu() -> SubmenuMenuItem:
    """People, units, leaders, locks. Whoever manages nobody sees colleagues and his own posts."""
    items = [
        MenuItem("人员", reverse("organisations_desk:people"), name="people", icon_name="group", order=10),
        MenuItem("我的岗位与代理", reverse("organisations_desk:mine"), name="my-posts", icon_name="user", order=20),
        MenuItem("机构", reverse("organisations_desk:units"), name="units", icon_name="folder-open-inverse", order=30),
        MenuItem("领导分管", reverse("organisations_desk:leaders"), name="leaders", icon_name="list-ul", order=40),
        MenuItem("市民换手机号", reverse("organisations_desk:citizens_telephone"), name="citizens-telephone", icon_name="mobile-alt", order=45),
        AdministratorsItem("市民注销账号", reverse("organisations_desk:citizens_close"), name="citizens-close", icon_name="bin", order=47),
        MenuItem("登录锁定", reverse("organisations_desk:locks"), name="locks", icon_name="lock", order=50),
    ]
    return SubmenuMenuItem("机构与人员", Menu(items=items), name="organisations", icon_name="group", order=700)
