"""The CX manager's pages on the real app: what they say, who may change what, what is noted."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from careline.desk.accounts import sessions
from careline.journey.models import Audit, Customer, Email, Touch, TouchDecision
from careline.journey.words import Role
from tests.conversation.staff.desk import hire, signed_in
from tests.house import House, open_house

DAY = timedelta(days=1)
_numbers = count()
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as house:
        yield house


class Seat:
    """Somebody of this role, signed in."""

    def __init__(self, house: House, role: Role) -> None:
        self.house = house
        self.staff_id = hire(house, f"{role.value} Person", role)
        name, token = signed_in(house, self.staff_id)
        with house.container.database.read() as session:
            found = sessions.read(session, house.clock.now(), token)
        assert found
        self.cookies, self.csrf = {name: token}, found[0].csrf

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        self.house.client.cookies.clear()
        for name, value in self.cookies.items():
            self.house.client.cookies.set(name, value)
        return self.house.client.request(method, path, **more)

    def look(self, path: str = "") -> str:
        answer = self._ask("GET", f"/desk/touches{path}")
        assert answer.status_code == 200, answer.text
        return shown(answer.text)

    def press(self, path: str, **fields: str) -> Any:
        return self._ask("POST", f"/desk/touches{path}", data={"csrf": self.csrf} | fields)


def shown(page: str) -> str:
    """What somebody reads: without the tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def customer(house: House, name: str = "Ana Lund") -> str:
    now = house.clock.now()
    made = Customer(
        id=f"cus_{next(_numbers)}", name=name, time_zone="Europe/London", created_at=now,
        updated_at=now,
    )  # fmt: skip
    with house.container.database.begin() as session:
        session.add(made)
    return made.id


def touches(house: House, customer_id: str, playbook: str, many: int = 1, **more: Any) -> None:
    now = house.clock.now()
    with house.container.database.begin() as session:
        for number in (next(_numbers) for _ in range(many)):
            values: dict[str, Any] = {
                "id": f"tch_{number}", "key": str(number), "customer_id": customer_id,
                "playbook": playbook, "trigger": "t", "trigger_at": now, "about": {"order": "7"},
                "subject": f"order:{number}", "due_at": now + DAY, "planned_for": now + DAY,
                "too_late_at": now + 5 * DAY, "created_at": now, "updated_at": now,
            }  # fmt: skip
            session.add(Touch(**(values | more)))


def measured(house: House, *, goal_of_treated: float, goal_of_held_out: float) -> None:
    """200 customers who were told and 60 who were held out."""
    now = house.clock.now()
    for group, many, share in (
        ("sent", 200, goal_of_treated),
        ("held_out", 60, goal_of_held_out),
    ):
        for number in range(many):
            reached = number < share * many
            touches(
                house,
                customer(house, f"{group}{number}"),
                "unboxing_check_in",
                state=group,
                sent_at=now - DAY,
                decided_at=now - DAY,
                goal_until=now + DAY,
                goal_at=now if reached else None,
            )


def test_before_anything_happened_it_says_what_to_do(house: House) -> None:
    cx = Seat(house, Role.CX)
    assert "No touch came up yet." in cx.look()
    assert "/hooks/shop" in cx.look()
    assert "Nobody hears from us in the next 7 days." in cx.look("/next")
    assert "Nothing was decided yet." in cx.look("/playbooks/win_back")


def test_which_are_worth_it_is_answered_first(house: House) -> None:
    measured(house, goal_of_treated=0.5, goal_of_held_out=0.1)
    page = Seat(house, Role.LEAD).look()
    assert "clearly worth it: Delivery and unboxing check-in (+40.0 points)" in page
    assert "50.0% of 200 who heard it, 10.0% of 60 held out" in page


def test_with_few_it_does_not_pretend_to_know(house: House) -> None:
    now = house.clock.now() - DAY
    touches(
        house, customer(house), "thank_you", state="sent", sent_at=now, goal_until=now, goal_at=now
    )
    page = Seat(house, Role.CX).look()
    assert "Too few to say 1 who heard it, 0 held out" in page
    assert "clearly worth it" not in page


def test_why_touches_were_held_and_dropped_is_told_in_words(house: House) -> None:
    now, ana = house.clock.now(), customer(house)
    touches(house, ana, "win_back", id="tch_w", state="dropped", why="overtaken",
            why_note="order.placed", decided_at=now)  # fmt: skip
    with house.container.database.begin() as session:
        for number, (verdict, why) in enumerate((("hold", "quiet_hours"), ("drop", "overtaken"))):
            session.add(
                TouchDecision(
                    id=f"tcd_{number}", touch_id="tch_w", customer_id=ana, at=now - DAY,
                    decision=verdict, why=why,
                )
            )  # fmt: skip
    cx = Seat(house, Role.CX)
    for page in (cx.look(), cx.look("/playbooks/win_back")):
        assert "1 it is late, early or a day of rest where they live" in page
        assert "1 something happened that makes it pointless" in page
    assert "Dropped something happened that makes it pointless: order.placed" in cx.look(
        "/playbooks/win_back"
    )


def test_who_is_next_can_be_narrowed_by_playbook_and_reason(house: House) -> None:
    ana, bea = customer(house, "Ana Lund"), customer(house, "Bea Holm")
    touches(house, ana, "unboxing_check_in")
    touches(house, bea, "anniversary")  # marketing; she never agreed to that
    cx = Seat(house, Role.CX)
    everything = cx.look("/next")
    assert "2 touches come up in the next 7 days" in everything
    assert "they have not agreed to this: marketing" in everything
    only = cx.look("/next?why=no_consent")
    assert "Bea Holm" in only
    assert "Ana Lund" not in only
    assert "Bea Holm" not in cx.look("/next?playbook=unboxing_check_in")
    assert "Nothing of that in the next 7 days." in cx.look("/next?playbook=win_back")


def test_a_long_list_comes_in_pages(house: House) -> None:
    ana = customer(house)
    touches(house, ana, "unboxing_check_in", 130)
    cx = Seat(house, Role.CX)
    assert "Later ones" in cx.look("/next")
    assert "Later ones" not in cx.look("/next?begin=100")


def test_a_pause_needs_a_reason_shows_everywhere_and_is_in_the_audit(house: House) -> None:
    cx = Seat(house, Role.CX)
    refused = cx.press("/playbooks/win_back/pause", why=" ")
    assert refused.status_code == 422
    assert "Say why it is paused" in shown(refused.text)
    assert "is held" in shown(cx.press("/playbooks/win_back/pause", why="the words are off").text)
    assert "the words are off" in cx.look("/playbooks/win_back")
    assert "All touches are paused" not in cx.look()
    cx.press("/pause", why="a fire in the warehouse")
    for path in ("", "/next", "/playbooks/thank_you"):
        page = cx.look(path)
        assert "All touches are paused" in page
        assert "a fire in the warehouse" in page
    cx.press("/resume")
    cx.press("/playbooks/win_back/resume")
    assert "paused" not in cx.look("/playbooks/win_back").lower()
    with house.container.database.read() as session:
        told = session.execute(
            select(Audit.did, Audit.subject, Audit.who)
            .where(Audit.did.in_(["touches.paused", "touches.resumed"]))
            .order_by(Audit.id)
        ).all()
    who = f"cx:{cx.staff_id}"
    assert [tuple(row) for row in told] == [
        ("touches.paused", "win_back", who),
        ("touches.paused", "*", who),
        ("touches.resumed", "*", who),
        ("touches.resumed", "win_back", who),
    ]


def test_looking_at_customers_is_in_the_audit_once(house: House) -> None:
    cx = Seat(house, Role.CX)
    cx.look("/next")
    cx.look("/next?begin=0")
    cx.look("/playbooks/win_back")
    with house.container.database.read() as session:
        told = session.scalars(select(Audit.did).where(Audit.did.startswith("touches."))).all()
    assert sorted(told) == ["touches.foreseen", "touches.read"]


def test_a_test_goes_to_whoever_asks_and_is_counted_nowhere(house: House) -> None:
    admin = Seat(house, Role.ADMIN)
    answer = admin.press("/playbooks/unboxing_check_in/test")
    assert "A test is on its way" in shown(answer.text)
    with house.container.database.read() as session:
        [mail] = session.scalars(select(Email))
        assert session.scalar(select(Touch.id)) is None
    assert mail.subject.startswith("[Test] ")
    assert "unboxing_check_in" in mail.text


def test_a_lead_sees_and_changes_nothing(house: House) -> None:
    lead = Seat(house, Role.LEAD)
    assert "Pause" not in lead.look("/playbooks/win_back")
    assert lead.press("/playbooks/win_back/pause", why="x").status_code == 403
    assert lead.press("/pause", why="x").status_code == 403


def test_a_playbook_is_told_in_words(house: House) -> None:
    page = Seat(house, Role.CX).look("/playbooks/unboxing_check_in")
    assert "When order delivered" in page
    assert "2 days, at 10:00 where they live" in page
    assert "Not if, since then case opened, order refunded, order cancelled" in page
    assert "the web chat, or else e-mail" in page
    assert "once for each order" in page
    assert "order placed within 90 days" in page


def test_every_playbook_of_ours_has_a_page(house: House) -> None:
    cx = Seat(house, Role.CX)
    for name, book in house.container.playbooks.items():
        assert book.title in cx.look(f"/playbooks/{name}")


def test_one_that_is_not_there_says_so(house: House) -> None:
    cx = Seat(house, Role.CX)
    answer = cx._ask("GET", "/desk/touches/playbooks/no_such")
    assert answer.status_code == 404
    assert "No such playbook." in answer.text


def test_names_and_reasons_are_shown_and_never_run(house: House) -> None:
    ana = customer(house, HOSTILE)
    touches(house, ana, "unboxing_check_in", subject=f"order:{HOSTILE}")
    touches(house, ana, HOSTILE[:40], state="sent", sent_at=house.clock.now() - DAY)
    cx = Seat(house, Role.CX)
    cx.press("/pause", why=HOSTILE)
    for path in ("", "/next", "/playbooks/unboxing_check_in", f"/next?playbook={HOSTILE}"):
        page = cx._ask("GET", f"/desk/touches{path}").text
        assert HOSTILE not in page
        assert HOSTILE[:40] not in page
