"""The shop's events: signed, once each, and good ones are kept beside bad ones."""

from datetime import date, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from careline.channels import shop_hooks
from careline.journey.erasure import erase_customer
from careline.journey.models import Customer, IdentityLink, Promise, Touchpoint
from careline.journey.repository import KnownToShop, add_email, ensure_customer, find_customer
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.service import linking
from tests.channels.doors.conftest import HOOK_SECRET, START, SignedPost

BEA: dict[str, Any] = {"ref": "C2001", "name": "Bea Lund", "email": "Bea@example.com"}


def event(event_id: str, kind: str = "order.placed", **data: Any) -> dict[str, Any]:
    return {
        "id": event_id,
        "type": kind,
        "at": "2026-11-20T09:00:00Z",
        "data": {"customer": BEA, "order": "20001", **data},
    }


def kinds(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Touchpoint.kind).order_by(Touchpoint.id)))


def test_an_event_becomes_a_touchpoint_of_its_customer(
    signed_post: SignedPost, database: Database
) -> None:
    placed = event("evt-1", amount={"amount": "19.90", "currency": "EUR"})
    assert signed_post(placed).json() == {"accepted": 1, "repeated": 0, "refused": []}
    with database.read() as session:
        customer = find_customer(session, "bea@example.com")
        assert customer is not None
        point = session.scalars(select(Touchpoint)).one()
        assert (customer.name, customer.stage) == ("Bea Lund", "purchase")
    assert (point.customer_id, point.order_number) == (customer.id, "20001")
    assert point.summary == "Placed order 20001, 19.90 EUR"
    assert point.at == START - timedelta(hours=1)


def test_the_same_event_twice_is_one(signed_post: SignedPost, database: Database) -> None:
    signed_post(event("evt-1"))
    again = signed_post([event("evt-1"), event("evt-2", "order.shipped"), event("evt-2")])
    assert again.json() == {"accepted": 1, "repeated": 2, "refused": []}
    assert kinds(database) == ["order.placed", "order.shipped"]


def test_bad_neighbours_do_not_lose_the_good_ones(
    signed_post: SignedPost, database: Database
) -> None:
    answer = signed_post(
        [
            event("a"),
            event("b", "order.exploded"),
            event("c", order=None),
            "nonsense",
            {"id": "d"},
            event("e") | {"at": "2026-11-20T09:00:00"},
            event("f") | {"at": "2027-01-01T00:00:00Z"},
            event("g", carrier="nul\x00"),
            event("h", "order.paid"),
        ]
    ).json()
    assert (answer["accepted"], answer["repeated"]) == (2, 0)
    assert [(one["index"], one["id"], one["error"].get("field")) for one in answer["refused"]] == [
        (1, "b", "type"),
        (2, "c", "data.order"),
        (3, None, None),
        (4, "d", "type"),
        (5, "e", "at"),
        (6, "f", "at"),
        (7, "g", None),
    ]
    assert kinds(database) == ["order.placed", "order.paid"]


def test_events_that_come_in_the_wrong_order_give_the_same_stage(
    signed_post: SignedPost, database: Database
) -> None:
    delivered = event("3", "order.delivered") | {"at": "2026-11-15T09:00:00Z"}
    signed_post(delivered)
    signed_post(event("2", "order.shipped") | {"at": "2026-11-13T09:00:00Z"})
    signed_post(event("1") | {"at": "2026-11-12T09:00:00Z"})
    with database.read() as session:
        customer = find_customer(session, "C2001")
    assert customer is not None
    assert (customer.stage, customer.stage_rule) == ("use", "in_use")


def test_a_signature_is_needed_and_covers_body_and_time(
    client: TestClient, signed_post: SignedPost, clock: FixedClock, database: Database
) -> None:
    unsigned = client.post("/hooks/shop", json=event("1"))
    assert (unsigned.status_code, unsigned.json()["error"]["code"]) == (401, "signature_invalid")
    headers = shop_hooks.sign(HOOK_SECRET, b"[]", clock.now())
    for changed in (
        client.post("/hooks/shop", json=event("1"), headers=headers),
        signed_post(event("1"), **{shop_hooks.SIGNATURE: b"sha256=\xe9"}),
        signed_post(event("1"), **{shop_hooks.TIMESTAMP: str(int(START.timestamp()) + 1)}),
        signed_post(event("1"), **{shop_hooks.TIMESTAMP: "now"}),
    ):
        assert changed.status_code == 401
    old = shop_hooks.sign(HOOK_SECRET, b"[]", START - timedelta(minutes=6))
    refused = client.post("/hooks/shop", content=b"[]", headers=old)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "signature_expired")
    assert kinds(database) == []


def test_what_is_not_json_or_too_many_is_refused(
    client: TestClient, signed_post: SignedPost, clock: FixedClock
) -> None:
    for raw in (b"{", b"[" * 100_000, b"\xff"):
        headers = shop_hooks.sign(HOOK_SECRET, raw, clock.now())
        assert client.post("/hooks/shop", content=raw, headers=headers).status_code == 422
    assert signed_post([event(str(n)) for n in range(1001)]).status_code == 422
    assert signed_post([]).json() == {"accepted": 0, "repeated": 0, "refused": []}


def test_a_customer_named_by_reference_alone_is_looked_up_in_the_shop(
    signed_post: SignedPost, database: Database
) -> None:
    signed_post(event("1", customer="C1001"))
    with database.read() as session:
        customer = find_customer(session, "ada@example.com")
    assert customer is not None
    assert customer.name == "Ada Okoro"


def test_details_change_with_the_shops(signed_post: SignedPost, database: Database) -> None:
    signed_post(event("1", "customer.created"))
    moved = BEA | {"name": "Bea Lund-Aas", "country": "NO", "email": "bea@fjord.example"}
    signed_post(event("2", "customer.updated", customer=moved))
    with database.read() as session:
        by_old, by_new = (find_customer(session, e) for e in (BEA["email"], moved["email"]))
    assert by_old is not None
    assert by_new is not None
    assert by_old.id == by_new.id
    assert (by_new.name, by_new.country) == ("Bea Lund-Aas", "NO")


def test_a_promise_of_money_is_kept_when_it_is_paid(
    signed_post: SignedPost, database: Database
) -> None:
    signed_post(event("1"))
    with database.begin() as session:
        customer_id = session.scalars(select(Customer.id)).one()
        for number, reference in enumerate(("R-1", "R-2")):
            session.add(
                Promise(
                    id=f"prm_{number}",
                    key=str(number),
                    customer_id=customer_id,
                    what="refund_paid",
                    due_on=date(2026, 11, 27),
                    reference=reference,
                    created_at=START,
                    updated_at=START,
                )
            )
    signed_post(event("2", "order.refunded", reference="R-1"))
    with database.read() as session:
        states = dict(session.execute(select(Promise.reference, Promise.state)).all())
    assert states == {"R-1": "kept", "R-2": "open"}


@pytest.mark.parametrize(
    ("kind", "what", "state"),
    [
        ("order.refunded", "refund_paid", "kept"),
        ("order.delivered", "parcel_delivered", "kept"),
        ("order.delivered", "replacement_delivered", "kept"),
        ("order.shipped", "parcel_sent", "kept"),
        ("order.shipped", "parcel_delivered", "open"),
        ("order.delivered", "our call", "open"),
        ("order.delivered", "refund_paid", "open"),
    ],
)
def test_a_colleagues_word_is_kept_when_the_shop_tells_so(
    signed_post: SignedPost, database: Database, kind: str, what: str, state: str
) -> None:
    """It names no refund and no order; the bot's, which would name one, waits for that one."""
    signed_post(event("1"))
    before = START - timedelta(days=9)
    with database.begin() as session:
        customer_id = session.scalars(select(Customer.id)).one()
        for by in ("stf_lena", None):
            session.add(
                Promise(
                    id=f"prm_{by}", key=str(by), customer_id=customer_id, what=what, staff_id=by,
                    due_on=date(2026, 11, 27), created_at=before, updated_at=before,
                )
            )  # fmt: skip
    signed_post(event("2", kind))
    with database.read() as session:
        states = dict(session.execute(select(Promise.staff_id, Promise.state)).all())
    assert states == {"stf_lena": state, None: "open"}


def test_late_events_do_not_bring_back_who_was_erased(
    signed_post: SignedPost, database: Database, clock: FixedClock
) -> None:
    signed_post(event("1"))
    with database.begin() as session:
        erase_customer(session, session.scalars(select(Customer.id)).one(), clock.now())
    late = signed_post(event("2", "order.delivered")).json()
    assert late["refused"][0]["error"]["code"] == "customer_erased"
    assert kinds(database) == []
    # Buying again is coming back.
    assert signed_post(event("3", "order.placed", order="20002")).json()["accepted"] == 1


def test_an_account_that_names_a_known_address_is_that_person_until_split(
    signed_post: SignedPost, database: Database, clock: FixedClock
) -> None:
    """Known from the counter by e-mail; then an account, made before, takes the address."""
    with database.begin() as session:
        account = ensure_customer(session, START, KnownToShop(ref="C-9", name="Bo"))
        counter = Customer(id="cus_bo", name="Bo", created_at=START, updated_at=START)
        session.add(counter)
        session.flush()
        add_email(session, START, counter, "bo@b.example", named_at=START)
    signed_post(event("e1", "customer.updated", customer={"ref": "C-9", "email": "Bo@b.example"}))
    with database.begin() as session:
        [link] = session.scalars(select(IdentityLink))
        assert (link.customer_id, link.joined_id) == (account.id, counter.id)
        found = find_customer(session, "bo@b.example")
        assert found is not None
        assert found.id == account.id
        linking.undo(session, clock.now(), link.id, by="lead:stf_1")
        assert find_customer(session, "bo@b.example") is session.get(Customer, counter.id)
