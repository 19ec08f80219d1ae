"""Measures ``lianxin import letters`` on a file of JSON Lines: events, chains, current rows, numbers and what follows cases included.

Started by ``bench.run``; the letters are made up, the same ones each time.
"""

import contextlib
import json
import random
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

LETTERS = 100_000
SENTENCES = (
    "我家住在人民路旁边的小区，晚上施工噪音很大，老人孩子睡不着。",
    "公交车经常半个小时都等不到，上班总是迟到，希望增加班次。",
    "小区门口的下水道堵塞已经一个多月，下雨天污水横流。",
    "孩子今年上小学，想咨询一下学区划分和报名需要的材料。",
    "路口的红绿灯坏了几天，车辆抢行，非常危险。",
    "物业公司停车收费没有公示，请有关部门查一查。",
)
ANSWERS = ("您好！您反映的问题已经收悉。", "经现场核查，情况属实，已责成有关单位整改。", "下一步将加强巡查，防止反弹。", "感谢您对我们工作的支持。")


def write_letters(path: Path, count: int) -> None:
    """``count`` letters of about 200 characters with answers of about as many; one in ten waits for its answer."""
    draw = random.Random(20250303)
    start = datetime(2015, 1, 1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            at = start + timedelta(seconds=draw.randrange(9 * 365 * 86400))
            row = {
                "subject": f"第{number}件：{draw.choice(SENTENCES)[:14]}",
                "body": "".join(draw.choices(SENTENCES, k=7)),
                "sent_at": f"{at:%Y-%m-%d %H:%M:%S}",
                "user": f"A{draw.randrange(40_000):08d}",
                "unit": draw.choice(("教育局", "交通局", "住建局")),
                "public": draw.choice(("是", "是", "否")),
            }
            if draw.randrange(10):
                row |= {
                    "reply": "".join(draw.choices(ANSWERS, k=10)),
                    "replied_at": f"{at + timedelta(days=draw.randrange(1, 40)):%Y-%m-%d %H:%M:%S}",
                }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    """A city with an office and three units, the file, the import; one line of JSON at the end."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LETTERS
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from lianxin.casework import kinds
    from lianxin.letters.intake import desk, run
    from lianxin.letters.kinds import IMPORTED
    from lianxin.organisations.models import Organisation

    with contextlib.redirect_stdout(sys.stderr):
        call_command("prepare", demo=False)
    root = Organisation.add_root(name="和安市人民政府", short_name="市政府", slug="hean", kind=Organisation.Kind.GOVERNMENT)
    for slug, name in (("education", "教育局"), ("transport", "交通局"), ("housing", "住建局")):
        Organisation.objects.get(pk=root.pk).add_child(name=f"和安市{name}", short_name=name, slug=slug, kind=Organisation.Kind.DEPARTMENT)
    plan = desk.Plan(kinds.kind("mailbox", IMPORTED), Organisation.objects.get(pk=root.pk))
    with tempfile.TemporaryDirectory(prefix="lianxin-bench-") as folder:
        path = Path(folder) / "letters.jsonl"
        write_letters(path, count)
        began, busy = time.perf_counter(), time.process_time()
        report = run.run(path, plan, show=False)
        passed, worked = time.perf_counter() - began, time.process_time() - busy
    if report.imported != count:
        raise RuntimeError(f"{report.imported} of {count} letters came in")
    each = {"median": passed * 1000 / count, "cpu": worked * 1000 / count}
    if connection.vendor == "postgresql":
        each["target"] = 300_000 / LETTERS
    print(json.dumps([{"what": f"import, each of {count:,} letters ({passed:,.0f} s)", **each}]))


if __name__ == "__main__":
    main()
