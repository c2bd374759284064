"""Staff, CX and machines read orders, cases, customers, journeys and conversations."""

from fastapi.testclient import TestClient
from sqlalchemy import select

from careline.journey import repository
from careline.journey.erasure import erase_customer
from careline.journey.models import Audit, Case, Conversation, Customer, Identity, Message
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from tests.channels.doors.conftest import START, Headers

DATED = {"created_at": START, "updated_at": START}


def known_customer(client: TestClient, staff: Headers) -> str:
    body = client.get("/api/customers/C1001", headers=staff).json()
    customer_id: str = body["id"]
    return customer_id


def add_case(database: Database, customer_id: str) -> None:
    with database.begin() as session:
        session.add(Conversation(id="cnv_1", customer_id=customer_id, channel="web", **DATED))
        session.flush()
        session.add(
            Case(
                id="cas_1",
                number="CL-100001",
                key="cnv_1:msg_1:wrong_item",
                customer_id=customer_id,
                conversation_id="cnv_1",
                kind="wrong_item",
                state="open",
                order_number="10001",
                line_id="10001-1",
                wished="replacement",
                opened_at=START,
                **DATED,
            )
        )
        for position, (direction, author, text) in enumerate(
            [("in", "customer", "socks came, not boots"), ("out", "bot", "Sorry, our mistake.")], 1
        ):
            session.add(
                Message(
                    id=f"msg_{position}",
                    conversation_id="cnv_1",
                    position=position,
                    direction=direction,
                    author=author,
                    text=text,
                    provider_id=str(position),
                    intent="wrong_item_received" if direction == "in" else None,
                    emotion="sad" if direction == "in" else None,
                    **DATED,
                )
            )


def test_orders_have_the_agreed_shape(client: TestClient, staff: Headers) -> None:
    orders = client.get("/api/orders?customer=C1001&state=delivered", headers=staff).json()
    order = next(order for order in orders if order["number"] == "10001")
    assert order["customer"].startswith("cus_")
    assert order["total"] == {"amount": "135.00", "currency": "GBP"}
    assert order["placed_at"].endswith("Z")
    assert order["delivered_at"] > order["placed_at"]
    assert order["lines"][0] == {
        "id": "10001-1",
        "product": "Boots",
        "category": "footwear",
        "variant": "size 41",
        "quantity": 2,
        "price": {"amount": "50.00", "currency": "GBP"},
        "state": "delivered",
        "final_sale": False,
    }


def test_orders_can_be_asked_for_by_our_id_shop_id_or_email(
    client: TestClient, staff: Headers
) -> None:
    ours = known_customer(client, staff)
    answers = [
        client.get("/api/orders", params={"customer": ref}, headers=staff).json()
        for ref in (ours, "C1001", "ada@example.com", "ADA@Example.com")
    ]
    assert all(answer == answers[0] and len(answer) == 5 for answer in answers)
    assert {order["customer"] for order in answers[0]} == {ours}


def test_states_limits_and_unknown_customers(client: TestClient, staff: Headers) -> None:
    paid = client.get("/api/orders?state=paid", headers=staff).json()
    assert [order["state"] for order in paid] == ["paid"]
    assert "delivered_at" not in paid[0]
    assert len(client.get("/api/orders?limit=2", headers=staff).json()) == 2
    wrong = client.get("/api/orders?state=lost", headers=staff)
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "state")
    nobody = client.get("/api/orders?customer=C9", headers=staff)
    assert (nobody.status_code, nobody.json()["error"]["code"]) == (404, "not_found")


def test_a_customer_has_identities_orders_and_a_derived_stage(
    client: TestClient, staff: Headers
) -> None:
    customer = client.get("/api/customers/ada@example.com", headers=staff).json()
    assert {"channel": "shop", "address": "C1001"} in customer["identities"]
    assert {"channel": "email", "address": "ada@example.com"} in customer["identities"]
    assert {order["number"] for order in customer["orders"]} >= {"10001", "10005"}
    assert customer["consents"] == []
    assert (customer["stage"], customer["stage_rule"]) == ("delivery", "order_on_its_way")
    assert customer["stage_why"] == "an order is shipped and not delivered yet"


def test_a_journey_shows_the_orders_that_came_before_careline(
    client: TestClient, staff: Headers
) -> None:
    journey = client.get("/api/customers/C1001/journey", headers=staff).json()
    kinds = [point["kind"] for point in journey["touchpoints"]]
    assert kinds.count("order.delivered") == 2
    assert journey["before"] is None
    told = {point["id"] for point in journey["touchpoints"]}
    assert journey["spans"]
    assert all(set(span["events"]) <= told and span["why"] for span in journey["spans"])
    again = client.get("/api/customers/C1001/journey", headers=staff).json()
    assert again["touchpoints"] == journey["touchpoints"]


def test_a_journey_is_read_page_by_page_without_gaps(client: TestClient, staff: Headers) -> None:
    whole = client.get("/api/customers/C1001/journey", headers=staff).json()["touchpoints"]
    pages, before = [], ""
    while before is not None:
        page = client.get(
            "/api/customers/C1001/journey",
            params={"limit": 3, **({"before": before} if before else {})},
            headers=staff,
        ).json()
        pages += page["touchpoints"]
        before = page["before"]
    assert pages == whole
    stranger = client.get("/api/customers/C1001/journey?before=tpt_none", headers=staff)
    assert stranger.status_code == 404


def test_cases_have_the_agreed_shape(
    client: TestClient, staff: Headers, database: Database
) -> None:
    customer_id = known_customer(client, staff)
    add_case(database, customer_id)
    shape = {
        "number": "CL-100001",
        "kind": "wrong_item",
        "state": "open",
        "customer": customer_id,
        "order": "10001",
        "line": "10001-1",
        "wished": "replacement",
        "conversation": "cnv_1",
        "opened_at": "2026-11-20T10:00:00Z",
    }
    assert client.get("/api/cases?customer=C1001&state=open", headers=staff).json() == [shape]
    assert client.get("/api/cases?state=resolved", headers=staff).json() == []
    one = client.get("/api/cases/CL-100001", headers=staff).json()
    assert shape.items() <= one.items()
    assert one["promises"] == []
    assert client.get("/api/cases/CL-9", headers=staff).status_code == 404


def test_a_conversation_shows_what_was_understood(
    client: TestClient, staff: Headers, database: Database
) -> None:
    add_case(database, known_customer(client, staff))
    conversation = client.get("/api/conversations/cnv_1", headers=staff).json()
    said, answer = conversation["messages"]
    assert (said["intent"], said["emotion"], said["author"]) == (
        "wrong_item_received",
        "sad",
        "customer",
    )
    assert "intent" not in answer
    journey = client.get("/api/customers/C1001/journey", headers=staff).json()
    assert [(f["emotion"], f["value"], f["from"]) for f in journey["emotion"]] == [
        ("sad", -2, "msg_1")
    ]
    assert client.get("/api/conversations/cnv_2", headers=staff).status_code == 404


def test_what_was_said_is_found_by_its_words_and_the_search_is_noted(
    client: TestClient, staff: Headers, database: Database
) -> None:
    add_case(database, known_customer(client, staff))
    (found,) = client.get("/api/messages?query=boots soc", headers=staff).json()
    assert (found["conversation"], found["text"]) == ("cnv_1", "socks came, not boots")
    assert client.get('/api/messages?query="AND', headers=staff).json() == []
    assert client.get("/api/messages", headers=staff).status_code == 422
    assert client.get("/api/messages?query=boots").status_code == 401
    with database.read() as session:
        noted = session.scalars(select(Audit.details).where(Audit.did == "messages.searched"))
        assert [each["found"] for each in noted] == [1, 0]


def test_customers_are_found_by_name_address_and_order_number(
    client: TestClient, staff: Headers
) -> None:
    for query in ("okoro", "ada@ex", "10003", "#10003", "C1001"):
        found = client.get("/api/customers", params={"query": query}, headers=staff).json()
        assert [one["name"] for one in found] == ["Ada Okoro"], query
    for query in ("nobody", "%", "_da", "' OR 1=1 --"):
        assert client.get("/api/customers", params={"query": query}, headers=staff).json() == []


def test_a_customer_found_for_the_first_time_has_their_true_stage(
    client: TestClient, staff: Headers
) -> None:
    assert client.get("/api/customers?query=okoro", headers=staff).json()[0]["stage"] == "delivery"


def test_every_view_of_a_customer_is_in_the_audit(
    client: TestClient, staff: Headers, database: Database
) -> None:
    customer_id = known_customer(client, staff)
    client.get("/api/customers/C1001/journey", headers=staff)
    client.get("/api/orders?customer=C1001", headers=staff)
    with database.read() as session:
        seen = session.execute(
            select(Audit.did, Audit.who).where(Audit.subject == customer_id).order_by(Audit.id)
        ).all()
    assert [did for did, _ in seen] == ["customer.read", "journey.read", "orders.read"]
    assert {who for _, who in seen} == {"staff:tests"}


def test_reading_orders_does_not_bring_back_who_was_erased(
    client: TestClient, staff: Headers, database: Database, clock: FixedClock
) -> None:
    customer_id = known_customer(client, staff)
    with database.begin() as session:
        erase_customer(session, customer_id, clock.now())
    orders = client.get("/api/orders", headers=staff).json()
    assert {order["customer"] for order in orders} == {None}
    gone = client.get("/api/customers/C1001", headers=staff)
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "customer_erased")
    assert client.get("/api/customers?query=okoro", headers=staff).json() == []
    with database.read() as session:
        assert session.scalars(select(Identity)).all() == []


def test_a_visitor_has_no_orders(client: TestClient, staff: Headers, database: Database) -> None:
    with database.begin() as session:
        session.add(Customer(id="cus_visitor", is_visitor=True, **DATED))
        assert repository.shop_ref(session, "cus_visitor") is None
    assert client.get("/api/orders?customer=cus_visitor", headers=staff).json() == []
    visitor = client.get("/api/customers/cus_visitor", headers=staff).json()
    assert (visitor["orders"], visitor["is_visitor"]) == ([], True)
