"""Two records taken for one person: it shows beside the conversation, and a lead splits them."""

from typing import Any

import pytest
from sqlalchemy import select

from careline.journey.models import Audit, Conversation
from careline.journey.words import Role
from careline.service import linking
from tests.desk.touches.test_pages import Seat, customer, house, shown
from tests.house import House

__all__ = ["house"]


@pytest.fixture
def link(house: House) -> str:
    """Ana wrote as a visitor (cnv_1) and as a customer (cnv_2); a code showed that both are she."""
    now, kept, came = house.clock.now(), customer(house), customer(house, "")
    with house.container.database.begin() as session:
        for number, owner in (("1", came), ("2", kept)):
            session.add(
                Conversation(
                    id=f"cnv_{number}", customer_id=owner, channel="web", created_at=now,
                    updated_at=now,
                )
            )  # fmt: skip
        session.flush()
        return linking.join(session, now, kept, came, how="code", proof="otc_1").id


def pane(seat: Seat) -> str:
    answer = seat._ask("GET", "/desk/conversations/cnv_2/customer")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def split(seat: Seat, link: str) -> Any:
    headers = {"X-CSRF-Token": seat.csrf}
    return seat._ask("POST", f"/desk/joined/{link}/split", headers=headers)


def owners(house: House) -> set[str]:
    with house.container.database.read() as session:
        return set(session.scalars(select(Conversation.customer_id)))


def test_what_was_joined_and_how_it_was_proved_is_beside_the_conversation(
    house: House, link: str
) -> None:
    read = shown(pane(Seat(house, Role.STAFF)))
    assert "1 conversation" in read
    assert "Proved by a code sent to their e-mail address." in read
    assert "ask a lead to split them" in read


def test_a_lead_splits_them_and_the_audit_says_who(house: House, link: str) -> None:
    ada = Seat(house, Role.LEAD)
    assert f"/desk/joined/{link}" in pane(ada)
    asked = ada._ask("GET", f"/desk/joined/{link}")
    assert "Split into two records" in shown(asked.text)
    assert len(owners(house)) == 1
    done = split(ada, link)
    assert done.status_code == 200, done.text
    assert len(owners(house)) == 2
    assert "Joined records" not in pane(ada)
    with house.container.database.read() as session:
        who = session.scalars(select(Audit.who).where(Audit.did == "customer.split")).one()
    assert who == f"lead:{ada.staff_id}"


def test_split_twice_is_an_error_that_says_so(house: House, link: str) -> None:
    ada = Seat(house, Role.LEAD)
    split(ada, link)
    again = split(ada, link)
    assert again.status_code == 409
    assert "split already" in again.text


def test_staff_who_may_not_split_change_nothing(house: House, link: str) -> None:
    answer = split(Seat(house, Role.STAFF), link)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert len(owners(house)) == 1
