"""An address that mail servers refuse is marked where the team looks at the customer."""

from careline.journey.models import Conversation, Identity
from careline.journey.repository import note_no_mailbox
from careline.journey.words import Role
from tests.desk.test_joined import pane
from tests.desk.touches.test_pages import Seat, customer, house
from tests.house import House

__all__ = ["house"]
ADDRESS = "ana@dead.example"


def test_a_dead_address_says_so_with_what_its_server_said(house: House) -> None:
    now, ana = house.clock.now(), customer(house)
    dated = {"created_at": now, "updated_at": now}
    with house.container.database.begin() as session:
        session.add(Conversation(id="cnv_2", customer_id=ana, channel="web", **dated))
        session.add(
            Identity(id="idn_d", customer_id=ana, channel="email", address=ADDRESS, **dated)
        )
    seat = Seat(house, Role.STAFF)
    assert "No mailbox there" not in pane(seat)
    with house.container.database.begin() as session:
        note_no_mailbox(session, now, ADDRESS, "came back, 5.1.1")
    page = pane(seat)
    assert "No mailbox there" in page
    assert "came back, 5.1.1" in page
