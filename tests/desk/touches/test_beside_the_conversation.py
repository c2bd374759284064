"""Beside a conversation stands what the customer heard from us unasked, and what not and why."""

from datetime import timedelta

import pytest

from careline.journey.models import Conversation, Touch
from careline.journey.words import Role, TouchReason, TouchState
from tests.desk.touches.test_pages import DAY, HOSTILE, Seat, customer, house, shown
from tests.house import House

__all__ = ["house"]


def touch(house: House, customer_id: str, playbook: str, **more: object) -> None:
    now = house.clock.now()
    values: dict[str, object] = {
        "id": f"tch_{playbook}", "key": playbook, "customer_id": customer_id,
        "playbook": playbook, "trigger": "tpt_1", "trigger_at": now, "due_at": now,
        "planned_for": now, "too_late_at": now + DAY, "created_at": now, "updated_at": now,
    }  # fmt: skip
    with house.container.database.begin() as session:
        session.add(Touch(**(values | more)))


@pytest.fixture
def pane(house: House) -> str:
    now, ana = house.clock.now(), customer(house)
    with house.container.database.begin() as session:
        session.add(
            Conversation(id="cnv_1", customer_id=ana, channel="web", created_at=now, updated_at=now)
        )
    touch(house, ana, "thank_you", state=TouchState.SENT, sent_at=now - DAY, read_at=now)
    touch(
        house, ana, "unboxing_check_in", why=TouchReason.OPEN_CASE, why_note=HOSTILE,
        decided_at=now, subject="order:10482",
    )  # fmt: skip
    touch(house, ana, "win_back", due_at=now + timedelta(days=90))
    touch(house, ana, "anniversary", state=TouchState.HELD_OUT, sent_at=now - DAY)
    seat = Seat(house, Role.STAFF)
    answer = seat._ask("GET", "/desk/conversations/cnv_1/customer")
    assert answer.status_code == 200
    return str(answer.text)


def test_what_was_sent_held_held_out_and_comes_up_is_there_with_its_reason(pane: str) -> None:
    read = shown(pane)
    assert "Thank you sent, read" in read
    assert "Unboxing check in order 10482 held" in read
    assert "a case of theirs is open" in read
    assert "Win back comes up" in read
    assert "Anniversary not sent, for comparison" in read


def test_what_stands_in_a_reason_is_shown_as_text(pane: str) -> None:
    assert HOSTILE not in pane
