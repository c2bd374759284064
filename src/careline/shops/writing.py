"""What every write of the embedded shop shares: once per key, row locks, numbers, stock.

The key's row is written first, in the transaction that does the work. A second caller with
the same key waits for that transaction and then finds its answer; a refusal rolls the key
back with everything else, so that it may be asked again.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from careline.shops.models import LineRow, OrderRow, SequenceRow, VariantRow, WriteRow
from careline.shops.protocol import Done, ShopRefused, Why

FIRST_NUMBERS = {
    "order": 10001,
    "refund": 70001,
    "return": 40001,
    "repair": 30001,
    "credit": 20001,
    "trace": 90001,
}
_PREFIXES = {
    "order": "",
    "refund": "RF-",
    "return": "RT-",
    "repair": "RP-",
    "credit": "CR-",
    "trace": "TR-",
}


def once(
    session: Session,
    *,
    key: str,
    kind: str,
    asked: Mapping[str, Any],
    now: datetime,
    do: Callable[[], Done],
) -> Done:
    """Do it, unless this key has been answered already."""
    if not key:
        raise ShopRefused("A write needs a key that names the request.")
    fingerprint = _fingerprint(kind, asked)
    if not _claim(session, key, kind, fingerprint, now):
        return _earlier_answer(session, key, fingerprint)
    done = do()
    done = Done(done.reference, done.expected_at.astimezone(UTC), done.details)
    answer = {
        "reference": done.reference,
        "expected_at": done.expected_at.isoformat(),
        "details": done.details,
    }
    session.execute(update(WriteRow).where(WriteRow.key == key).values(answer=answer))
    return done


def locked_order(session: Session, number: str) -> OrderRow:
    """The order, ours until the end of the transaction (SQLite has one writer anyway)."""
    order = session.scalar(
        select(OrderRow)
        .where(OrderRow.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise ShopRefused(f"There is no order {number}.", why=Why.NOT_FOUND)
    return order


def locked_line(session: Session, line_id: str) -> tuple[OrderRow, LineRow]:
    number = session.scalar(select(LineRow.order_number).where(LineRow.id == line_id))
    if number is None:
        raise ShopRefused(f"There is no order line {line_id}.", why=Why.NOT_FOUND)
    order = locked_order(session, number)
    line = next(line for line in order.lines if line.id == line_id)
    return order, line


def next_number(session: Session, name: str) -> str:
    given = session.scalar(
        update(SequenceRow)
        .where(SequenceRow.name == name)
        .values(next=SequenceRow.next + 1)
        .returning(SequenceRow.next)
    )
    if given is None:
        raise ShopRefused("The shop has no numbers yet; call EmbeddedShop.create() first.")
    return f"{_PREFIXES[name]}{given - 1}"


def take_from_stock(session: Session, variant: VariantRow, quantity: int) -> None:
    left = session.scalar(
        update(VariantRow)
        .where(VariantRow.sku == variant.sku, VariantRow.in_stock >= quantity)
        .values(in_stock=VariantRow.in_stock - quantity)
        .returning(VariantRow.in_stock)
        .execution_options(synchronize_session=False)
    )
    if left is None:
        name = " ".join(part for part in (variant.product, *variant.options.values()) if part)
        raise ShopRefused(f"{name} is sold out.", why=Why.SOLD_OUT)


def put_into_stock(session: Session, sku: str, quantity: int) -> None:
    session.execute(
        update(VariantRow)
        .where(VariantRow.sku == sku)
        .values(in_stock=VariantRow.in_stock + quantity)
        .execution_options(synchronize_session=False)
    )


def _claim(session: Session, key: str, kind: str, fingerprint: str, now: datetime) -> bool:
    """Whether the key is new; waits while another transaction holds it."""
    values = {"key": key, "kind": kind, "fingerprint": fingerprint, "answer": None, "at": now}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    # RETURNING, not rowcount: psycopg reports -1 rows for this statement, claimed or not.
    claimed = session.scalar(
        dialect.insert(WriteRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(WriteRow.key)
    )
    return claimed is not None


def _earlier_answer(session: Session, key: str, fingerprint: str) -> Done:
    earlier = session.scalars(select(WriteRow).where(WriteRow.key == key)).one()
    if earlier.fingerprint != fingerprint or earlier.answer is None:
        raise ShopRefused(
            "This key has been used for another request; use a new key for a new request.",
            why=Why.KEY_REUSED,
        )
    return Done(
        reference=earlier.answer["reference"],
        expected_at=datetime.fromisoformat(earlier.answer["expected_at"]),
        details=dict(earlier.answer["details"]),
    )


def _fingerprint(kind: str, asked: Mapping[str, Any]) -> str:
    said = json.dumps([kind, dict(asked)], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()
