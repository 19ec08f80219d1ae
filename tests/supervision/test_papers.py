"""PDFs: readable text, Chinese faces embedded, nobody named without a purpose, nothing for the wrong role or the target; each on the trail."""

import io

import pytest
from pypdf import PdfReader

from lianxin.casework import actions as engine
from lianxin.casework.models import Supervision
from lianxin.foundation.errors import Forbidden, Refused
from lianxin.foundation.models import AuditEntry
from lianxin.supervision import actions, paper

pytestmark = pytest.mark.django_db
LETTER = "我是王小明，住在学府路，电话13912345678。学校门口的路灯坏了三天，请问什么时候能修好？"


@pytest.fixture(autouse=True)
def _time(clock):
    """Everything happens on Monday 2025-03-03."""


def text_of(made: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(made)).pages)


def faces_of(made: bytes) -> list[tuple[str, bool]]:
    """Each face with whether it is embedded."""
    found = []
    for page in PdfReader(io.BytesIO(made)).pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            found.append((inner["/BaseFont"], any(name in descriptor for name in ("/FontFile2", "/FontFile3"))))
    return found


def test_an_order_is_a_paper_with_all_that_belongs_on_it(task, office, staff):
    case = task()
    order = Supervision.objects.get(case=case)
    made = actions.take_order(office, case, order)
    text = text_of(made)
    for words in ("督办单", "督〔2025〕1号", "市政府第12次常务会议", "务必在开学前办结", "主办：", "2025年3月14日前报结", "2025年3月10日前报结"):
        assert words in text, words
    for words in ("建立长效机制", "督查室主任", "（印章）", "2025年3月3日"):
        assert words in text, words
    faces = faces_of(made)
    assert faces and all(embedded and "+" in name for name, embedded in faces)
    assert len(made) < 400_000
    box = PdfReader(io.BytesIO(made)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == (595, 842)
    assert AuditEntry.objects.filter(deed="supervision.order_taken", actor=office).count() == 1
    actions.take_order(staff.clerk, case, order)
    for nobody in (staff.operator, staff.admin, staff.auditor, staff.citizen):
        with pytest.raises(Forbidden):
            actions.take_order(nobody, case, order)


def test_a_sheet_names_nobody_without_a_purpose(ways, staff, office, client_for):
    case = ways.replied(text=LETTER)
    bare = text_of(actions.take_sheet(staff.triage, case))
    assert case.number in bare and "路灯坏了三天" in bare and "已隐去" in bare and "线路老化" in bare
    assert "王小明" not in bare and "13912345678" not in bare and "13800001111" not in bare
    named = text_of(actions.take_sheet(staff.triage, case, purpose="上门核实"))
    assert "王小明" in named and "13800001111" in named
    assert AuditEntry.objects.filter(deed="petitioner.read", actor=staff.triage).count() == 1
    # Supervision sees the case, not who brought it.
    assert "王小明" not in text_of(actions.take_sheet(office, case))
    with pytest.raises(Forbidden):
        actions.take_sheet(office, case, purpose="想知道")
    with pytest.raises(Forbidden):
        actions.take_sheet(staff.operator, case)
    assert AuditEntry.objects.filter(deed="case.sheet_taken").count() == 3
    page = client_for(staff.triage).get(f"/desk/supervision/{case.number}/sheet/?made=1")
    assert page["Content-Type"] == "application/pdf" and "private, no-store" in page["Cache-Control"] and page.content[:5] == b"%PDF-"


def test_papers_of_a_sealed_case_never_reach_its_target(ways, staff, office, city, client_for):
    case = ways.handling()
    engine.seal(staff.triage, case, city.education)
    for person in (staff.clerk, staff.head):
        with pytest.raises(Forbidden):
            actions.take_sheet(person, case)
        assert client_for(person).get(f"/desk/supervision/{case.number}/sheet/?made=1").status_code == 404
        assert client_for(person).post(f"/desk/supervision/{case.number}/sheet/", {"purpose": "看看"}).status_code == 404
    assert not AuditEntry.objects.filter(deed="case.sheet_taken").exists()


def test_exports_asked_for_by_the_wrong_role_are_refused(task, ways, staff, client_for, client):
    case, letter = task(), ways.handling()
    order = Supervision.objects.get(case=case)
    addresses = [f"{case.number}/orders/{order.seq}/pdf/", f"{case.number}/orders/{order.seq}/", f"{letter.number}/sheet/?made=1"]
    for person in (staff.operator, staff.admin, staff.auditor, staff.stranger):
        for address in addresses:
            assert client_for(person).get(f"/desk/supervision/{address}").status_code in (302, 403, 404), (person, address)
    assert client.get(f"/desk/supervision/{addresses[0]}").status_code == 302
    assert not AuditEntry.objects.filter(deed__in=("supervision.order_taken", "case.sheet_taken")).exists()


def test_a_machine_without_a_chinese_face_says_what_to_install(task, office, monkeypatch, client_for):
    case = task()
    order = Supervision.objects.get(case=case)
    monkeypatch.setattr(paper, "_listed", type("None", (), {"__call__": lambda self: [], "cache_clear": lambda self: None})())
    with pytest.raises(Refused, match="fonts-noto-cjk"):
        actions.take_order(office, case, order)
    page = client_for(office).get(f"/desk/supervision/{case.number}/orders/{order.seq}/pdf/", follow=True)
    assert "fonts-noto-cjk" in page.content.decode()
    assert not AuditEntry.objects.filter(deed="supervision.order_taken").exists()
