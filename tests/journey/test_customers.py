"""Customers are found, exported whole, and erased without a trace that names them."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

import careline.journey.models as models
from careline.journey import queries, touchpoints
from careline.journey.belongings import NOT_PERSONAL, belongings
from careline.journey.erasure import CustomerErased, erase_customer, erased_at
from careline.journey.export import export_customer
from careline.journey.repository import KnownToShop, ensure_customer, find_customer
from careline.kit.database import Base
from careline.kit.errors import NotFound
from tests.journey.conftest import START, add_customer

ADA = KnownToShop(ref="C1001", name="Ada Marlow", email="Ada@example.com", phone="+44 1")


def test_a_customer_of_the_shop_is_taken_in_once(session: Session) -> None:
    first = ensure_customer(session, START, ADA)
    assert ensure_customer(session, START, ADA).id == first.id
    for ref in (first.id, "C1001", "ada@EXAMPLE.com", "+44 1"):
        found = find_customer(session, ref)
        assert found is not None
        assert found.id == first.id
    assert find_customer(session, "C1002") is None


def test_an_address_stays_with_the_customer_who_had_it_first(session: Session) -> None:
    first = ensure_customer(session, START, ADA)
    second = ensure_customer(session, START, KnownToShop(ref="C1002", email="ada@example.com"))
    assert second.id != first.id
    assert find_customer(session, "ada@example.com") is first


def test_search_finds_parts_of_names_and_takes_signs_as_they_are(session: Session) -> None:
    ensure_customer(session, START, ADA)
    add_customer(session, "Åsa Öberg 100%")
    names = {
        query: [c.name for c in queries.search_customers(session, query)]
        for query in ("marl", "Åsa", "åsa", "öberg", "100%", "%", "_", "\\", "' --")
    }
    assert names["marl"] == ["Ada Marlow"]
    assert all(names[query] == ["Åsa Öberg 100%"] for query in ("Åsa", "åsa", "öberg", "100%", "%"))
    assert names["_"] == names["\\"] == names["' --"] == []


def test_everything_of_a_customer_is_exported_and_nothing_of_others(session: Session) -> None:
    ada, bea = everything(session, "a"), everything(session, "b")
    exported = export_customer(session, ada)
    assert all(exported[table] for table in belongings(session, ada)), exported
    text = json.dumps(exported, ensure_ascii=False)
    assert bea not in text
    assert "secret" not in text  # hashes of tokens and codes are not theirs to hand on
    assert {row["id"] for row in exported["message"]} == {"msg_a"}


def test_everything_of_a_customer_is_erased_and_nothing_of_others(session: Session) -> None:
    ada, bea = everything(session, "a"), everything(session, "b")
    before = export_customer(session, bea)
    receipt = erase_customer(session, ada, START)
    assert receipt.rows.pop("customer") == 2  # with the shell of the one that was joined
    assert set(receipt.rows.values()) == {1}
    assert set(receipt.rows) | {"customer"} == set(belongings(session, bea))
    assert receipt.conversations == ("cnv_a",)
    assert export_customer(session, bea) == before
    with pytest.raises(NotFound):
        export_customer(session, ada)
    for table in Base.metadata.sorted_tables:
        left = json.dumps(
            [dict(row) for row in session.execute(select(table)).mappings()], default=str
        )
        assert "a@example.com" not in left, table.name
        assert "words of a" not in left, table.name


def test_no_table_is_forgotten(session: Session) -> None:
    """A new table is linked to a customer, or said to hold nothing of theirs."""
    covered = set(belongings(session, "cus_x")) | NOT_PERSONAL
    assert {table.name for table in Base.metadata.sorted_tables} <= covered


def test_who_was_erased_comes_back_only_on_their_own(session: Session) -> None:
    former = ensure_customer(session, START, ADA).id
    assert erased_at(session, "shop", "C1001") is None
    erase_customer(session, former, START)
    assert erased_at(session, "email", "ADA@example.com") == START
    with pytest.raises(CustomerErased):
        ensure_customer(session, START, ADA, comes_back=False)
    with pytest.raises(NotFound):
        touchpoints.record(
            session,
            START,
            customer_id=former,
            kind="order.delivered",
            stage="delivery",
            actor="shop",
            channel="shop",
            summary="late",
            source_id="late",
        )
    assert ensure_customer(session, START, ADA).id != former


def test_erasing_twice_says_that_there_is_nobody(session: Session) -> None:
    former = ensure_customer(session, START, ADA).id
    erase_customer(session, former, START)
    with pytest.raises(NotFound):
        erase_customer(session, former, START)


def everything(session: Session, name: str) -> str:
    """A customer with one row in every table that can hold something of theirs."""
    customer = ensure_customer(
        session, START, KnownToShop(ref=f"C-{name}", name=f"words of {name}")
    )
    values: dict[str, Any] = {
        "customer_id": customer.id,
        "joined_id": _another(session, name),
        "conversation_id": f"cnv_{name}",
        "case_id": f"cas_{name}",
        "message_id": f"msg_{name}",
        "touch_id": f"tch_{name}",
        "reply_to": None,
        "to": f"{name}@example.com",
        "address": f"{name}@example.com",
        "channel": "email",
        "token_hash": f"secret {name}",
        "code_hash": f"secret {name}",
    }
    prefixes = {"conversation": "cnv", "case": "cas", "message": "msg", "touch": "tch"}
    session.execute(
        models.Identity.__table__.delete().where(models.Identity.customer_id == customer.id)
    )
    for table in Base.metadata.sorted_tables:
        if table.name in NOT_PERSONAL or table.name == "customer":
            continue
        own = {"id": f"{prefixes.get(table.name, table.name)}_{name}"} | values
        row = {c.name: own.get(c.name, _some_value(c, name)) for c in table.columns}
        session.execute(insert(table).values(row))
    session.flush()
    return customer.id


def _another(session: Session, name: str) -> str:
    """A record that came into theirs; only its shell is left."""
    return add_customer(session, f"words of {name}").id


def _some_value(column: Any, name: str) -> Any:
    if column.nullable:
        return None
    kind = column.type.python_type if column.type.__class__.__name__ != "UtcDateTime" else None
    if kind is None:
        return START + timedelta(minutes=1)
    plain = {int: 1, bool: False, float: 0.5, date: START.date(), bytes: b"x", dict: {}, list: []}
    if kind in plain:
        return plain[kind]
    return 1 if kind.__name__ == "Decimal" else f"{column.name[:3]} {name} words of {name}"
