"""``python -m bench.supervision SIZE``: in a city of so many cases, the digest of a mayor and a head, the supervision desk, an order as PDF."""

import json
import sys
from datetime import date, timedelta
from typing import Any

from bench.pages import measure, prepare

TIMES = 20


def _people(who: dict[str, Any]) -> dict[str, Any]:
    """A leader over everything beside those of the engine's bench; made once."""
    from lianxin.identity.models import User
    from lianxin.organisations.models import Organisation, Post

    root = Organisation.get_root_nodes().first()
    user, _ = User.objects.get_or_create(username="bench-leader", defaults={"name": "市长", "is_staff": True})
    Post.objects.get_or_create(user=user, organisation=root, role="leader", defaults={"starts_on": date(2020, 1, 1)})
    return who | {"leader": user}


def _order(who: dict[str, Any]) -> Any:
    """A task of several units, ordered."""
    from django.utils import timezone

    from lianxin.casework.actions import Order
    from lianxin.supervision import actions

    day = timezone.localdate() + timedelta(days=10)
    parts = [actions.Part(unit, day) for unit in who["units"][:5]]
    return actions.order_task(
        who["supervisor"],
        token="bench-of-the-supervision-desk",
        subject="城区占道施工围挡清理",
        demands="\n".join(f"{number}、逐处清理超期围挡，公示责任人和拆除日期，报送现场照片。" for number in range(1, 9)),
        lead=parts[0],
        co=parts[1:],
        order=Order(source="meeting", basis="市政府常务会议", quoted="此事关系群众出行，务必限期办结。" * 5, signer="督查室主任"),
    )


def main() -> None:
    """Fill, measure, print."""
    prepare()
    from django.utils import timezone

    from bench.casework_scale import fill, people
    from lianxin.casework.models import Supervision
    from lianxin.supervision import actions, queries

    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    who = _people(people())
    fill(size, who)
    today = timezone.localdate()
    case = _order(who)
    order = Supervision.objects.get(case=case)
    supervisor = who["supervisor"]
    rows = [
        measure(f"digest of the mayor, {size:,} cases", 2000, lambda: actions.make_digest(who["leader"], today, tell=False), TIMES, warm_up=2),
        measure(f"digest of a head, {size:,} cases", 2000, lambda: actions.make_digest(who["head"], today, tell=False), TIMES, warm_up=2),
        measure("overdue by unit and leader", 1000, lambda: queries.by_leader(queries.by_unit(supervisor)), TIMES, warm_up=2),
        measure("an order as PDF", 1000, lambda: actions.take_order(supervisor, case, order), TIMES, warm_up=1),
        measure("a handling sheet as PDF", 1000, lambda: actions.take_sheet(supervisor, case), TIMES, warm_up=1),
    ]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
