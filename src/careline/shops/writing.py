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

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

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

# Statements of every write, made once: building one costs more than running it.
_writes, _lines, _sequences, _variants = (
    row.metadata.tables[row.__tablename__] for row in (WriteRow, LineRow, SequenceRow, VariantRow)
)
_CLAIM = {
    # RETURNING, not rowcount: psycopg reports -1 rows for this statement, claimed or not.
    dialect.name: insert(_writes)
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(_writes.c.key)
    for dialect, insert in (
        (postgresql.dialect, postgresql.insert),
        (sqlite.dialect, sqlite.insert),
    )
}
_ANSWERED = (
    update(_writes).where(_writes.c.key == bindparam("claimed")).values(answer=bindparam("answer"))
)
_ORDER_LOCKED = (
    select(OrderRow)
    .where(OrderRow.number == bindparam("number"))
    .options(joinedload(OrderRow.customer, innerjoin=True))  # whose zone nearly all promises need
    .with_for_update(of=OrderRow)
    .execution_options(populate_existing=True)
)
_ORDER_OF_LINE = select(_lines.c.order_number).where(_lines.c.id == bindparam("line"))
_NEXT_NUMBER = (
    update(_sequences)
    .where(_sequences.c.name == bindparam("of"))
    .values(next=_sequences.c.next + 1)
    .returning(_sequences.c.next)
)
_TAKE = (
    update(_variants)
    .where(_variants.c.sku == bindparam("of"), _variants.c.in_stock >= bindparam("quantity"))
    .values(in_stock=_variants.c.in_stock - bindparam("quantity"))
    .returning(_variants.c.in_stock)
)
_PUT_BACK = (
    update(_variants)
    .where(_variants.c.sku == bindparam("of"))
    .values(in_stock=_variants.c.in_stock + bindparam("quantity"))
)


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
    session.connection().execute(_ANSWERED, {"claimed": key, "answer": answer})
    return done


def locked_order(session: Session, number: str) -> OrderRow:
    """The order, ours until the end of the transaction (SQLite has one writer anyway)."""
    order = session.scalar(_ORDER_LOCKED, {"number": number})
    if order is None:
        raise ShopRefused(f"There is no order {number}.", why=Why.NOT_FOUND)
    return order


def locked_line(session: Session, line_id: str) -> tuple[OrderRow, LineRow]:
    number = session.connection().scalar(_ORDER_OF_LINE, {"line": line_id})
    if number is None:
        raise ShopRefused(f"There is no order line {line_id}.", why=Why.NOT_FOUND)
    order = locked_order(session, number)
    line = next(line for line in order.lines if line.id == line_id)
    return order, line


def next_number(session: Session, name: str) -> str:
    given = session.connection().scalar(_NEXT_NUMBER, {"of": name})
    if given is None:
        raise ShopRefused("The shop has no numbers yet; call EmbeddedShop.create() first.")
    return f"{_PREFIXES[name]}{given - 1}"


def take_from_stock(session: Session, variant: VariantRow, quantity: int) -> None:
    wanted = {"of": variant.sku, "quantity": quantity}
    left = session.connection().scalar(_TAKE, wanted)
    if left is None:
        name = " ".join(part for part in (variant.product, *variant.options.values()) if part)
        raise ShopRefused(f"{name} is sold out.", why=Why.SOLD_OUT)


def put_into_stock(session: Session, sku: str, quantity: int) -> None:
    session.connection().execute(_PUT_BACK, {"of": sku, "quantity": quantity})


def _claim(session: Session, key: str, kind: str, fingerprint: str, now: datetime) -> bool:
    """Whether the key is new; waits while another transaction holds it."""
    values = {"key": key, "kind": kind, "fingerprint": fingerprint, "answer": None, "at": now}
    claimed = session.connection().scalar(_CLAIM[session.get_bind().dialect.name], values)
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
