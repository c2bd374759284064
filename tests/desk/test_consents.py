"""What a customer agreed to or refused, told to a colleague: noted beside the conversation."""

from typing import Any

import pytest
from sqlalchemy import select

from careline.journey.models import Audit, Consent, Conversation
from careline.journey.words import Role
from tests.desk.touches.test_pages import Seat, customer, house, shown
from tests.house import House

__all__ = ["house"]

YES = {
    "purpose": "marketing", "channel": "email", "state": "given",
    "how": "on the telephone", "wording": "May we write to you about offers?",
}  # fmt: skip


@pytest.fixture
def ana(house: House) -> str:
    ana, now = customer(house), house.clock.now()
    with house.container.database.begin() as session:
        session.add(
            Conversation(id="cnv_1", customer_id=ana, channel="web", created_at=now, updated_at=now)
        )
    return ana


def notes(seat: Seat, customer_id: str, csrf: bool = True, **changed: str) -> Any:
    headers = {"X-CSRF-Token": seat.csrf} if csrf else {}
    path = f"/desk/customers/{customer_id}/consents"
    return seat._ask("POST", path, data=YES | changed, headers=headers)


def kept(house: House) -> list[tuple[str, str, str]]:
    with house.container.database.read() as session:
        return [(c.purpose, c.channel, c.state) for c in session.scalars(select(Consent))]


def test_a_colleague_writes_it_down_and_it_stands_beside_the_conversation(
    house: House, ana: str
) -> None:
    lena = Seat(house, Role.STAFF)
    pane = "/desk/conversations/cnv_1/customer"
    assert f"/desk/customers/{ana}/consents" in lena._ask("GET", pane).text
    asked = lena._ask("GET", f"/desk/customers/{ana}/consents").text
    assert "What they agreed to or refused" in shown(asked)
    answer = notes(lena, ana)
    assert answer.json() == {"said": "Noted: agreed to offers by e-mail."}
    assert kept(house) == [("marketing", "email", "given")]
    read = shown(lena._ask("GET", pane).text)
    assert "Marketing, E-mail given" in read
    assert "on the telephone: “May we write to you about offers?”" in read
    with house.container.database.read() as session:
        who = session.scalars(select(Audit.who).where(Audit.did == "consent.given")).one()
    assert who == f"staff:{lena.staff_id}"


@pytest.mark.parametrize(
    "changed", [{"how": " "}, {"purpose": "spam"}, {"channel": "pigeon"}, {"state": ""}]
)
def test_what_is_missing_is_asked_for_and_nothing_is_noted(
    house: House, ana: str, changed: dict[str, str]
) -> None:
    answer = notes(Seat(house, Role.STAFF), ana, **changed)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, *changed)
    assert kept(house) == []


def test_only_who_talks_with_customers_and_only_from_the_page(house: House, ana: str) -> None:
    assert notes(Seat(house, Role.CX), ana).status_code == 403
    assert notes(Seat(house, Role.LEAD), ana, csrf=False).status_code == 403
    assert notes(Seat(house, Role.ADMIN), "cus_nobody").status_code == 404
    assert kept(house) == []
