"""The shop that comes with Careline: the protocol on a database of its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.shops import changes, events, payments, reading, remedies, search
from careline.shops.labels import Label, find_label
from careline.shops.models import CustomerRow, SequenceRow, ShopBase
from careline.shops.protocol import (
    Address,
    Done,
    Money,
    Order,
    ShopCustomer,
    ShopUnavailable,
    Variant,
)
from careline.shops.writing import FIRST_NUMBERS, once


class EmbeddedShop:
    """Implements protocol.Shop; every write is one transaction, once per key."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self) -> None:
        """Make the tables; what is there already stays."""
        create_tables(self._database)

    def is_empty(self) -> bool:
        with self._reading() as session:
            return session.scalar(select(CustomerRow.ref).limit(1)) is None

    # Reading

    def customer(self, ref: str) -> ShopCustomer | None:
        with self._reading() as session:
            row = session.get(CustomerRow, ref)
            return reading.customer_value(row) if row is not None else None

    def customer_by_email(self, email: str) -> ShopCustomer | None:
        with self._reading() as session:
            wanted = select(CustomerRow).where(CustomerRow.email == email.strip().lower())
            row = session.scalar(wanted)
            return reading.customer_value(row) if row is not None else None

    def customers(self, query: str = "", limit: int = 50) -> Sequence[ShopCustomer]:
        with self._reading() as session:
            rows = reading.find_customers(session, query, limit)
            return [reading.customer_value(row) for row in rows]

    def order(self, number: str) -> Order | None:
        with self._looking() as connection:
            return reading.find_order(connection, number)

    def orders(
        self, *, customer_ref: str | None = None, state: str | None = None, limit: int = 50
    ) -> Sequence[Order]:
        with self._looking() as connection:
            return reading.find_orders(
                connection, customer_ref=customer_ref, state=state, limit=limit
            )

    def orders_with(
        self,
        product: str,
        *,
        placed_after: datetime | None = None,
        after: str = "",
        limit: int = 200,
    ) -> Sequence[Order]:
        with self._looking() as connection:
            return reading.find_orders_with(connection, product, placed_after, after, limit)

    def variants(self, product: str) -> Sequence[Variant]:
        with self._looking() as connection:
            return reading.find_variants(connection, product)

    def search_products(self, words: str, limit: int = 5) -> Sequence[Variant]:
        with self._reading() as session:
            rows = search.search_products(session, words, limit)
            return [reading.variant_value(row) for row in rows]

    def label(self, code: str) -> Label | None:
        """The return label behind `label_url`, for the page that shows it."""
        with self._reading() as session:
            return find_label(session, code)

    # Writing

    def create_return(self, *, key: str, line_id: str, quantity: int, reason: str) -> Done:
        asked = {"line_id": line_id, "quantity": quantity, "reason": reason}
        return self._write(key, remedies.create_return, asked)

    def create_replacement(
        self, *, key: str, line_id: str, quantity: int, collect_old: bool
    ) -> Done:
        asked = {"line_id": line_id, "quantity": quantity, "collect_old": collect_old}
        return self._write(key, remedies.create_replacement, asked)

    def create_exchange(self, *, key: str, line_id: str, quantity: int, sku: str) -> Done:
        asked = {"line_id": line_id, "quantity": quantity, "sku": sku}
        return self._write(key, remedies.create_exchange, asked)

    def create_repair(self, *, key: str, line_id: str, problem: str) -> Done:
        asked = {"line_id": line_id, "problem": problem}
        return self._write(key, remedies.create_repair, asked)

    def refund(self, *, key: str, line_id: str, amount: Money, reason: str) -> Done:
        asked = {"line_id": line_id, "amount": amount, "reason": reason}
        return self._write(key, remedies.refund, asked)

    def refund_overpayment(self, *, key: str, number: str, reason: str) -> Done:
        asked = {"number": number, "reason": reason}
        return self._write(key, payments.refund_overpayment, asked)

    def give_credit(self, *, key: str, customer_ref: str, amount: Money, reason: str) -> Done:
        asked = {"customer_ref": customer_ref, "amount": amount, "reason": reason}
        return self._write(key, remedies.give_credit, asked)

    def cancel_order(self, *, key: str, number: str, reason: str) -> Done:
        return self._write(key, changes.cancel_order, {"number": number, "reason": reason})

    def cancel_line(self, *, key: str, line_id: str, reason: str) -> Done:
        return self._write(key, changes.cancel_line, {"line_id": line_id, "reason": reason})

    def change_variant(self, *, key: str, line_id: str, sku: str) -> Done:
        return self._write(key, changes.change_variant, {"line_id": line_id, "sku": sku})

    def change_address(self, *, key: str, number: str, address: Address) -> Done:
        return self._write(key, changes.change_address, {"number": number, "address": address})

    def trace_parcel(self, *, key: str, number: str, shipment_id: str | None) -> Done:
        asked = {"number": number, "shipment_id": shipment_id}
        return self._write(key, changes.trace_parcel, asked)

    # What happens outside: carriers, bank, warehouse

    def mark_shipped(self, number: str) -> None:
        self._happened(events.mark_shipped, number)

    def mark_delivered(self, number: str) -> None:
        self._happened(events.mark_delivered, number)

    def mark_refund_paid(self, reference: str) -> None:
        self._happened(events.mark_refund_paid, reference)

    def mark_return_received(self, reference: str) -> None:
        self._happened(events.mark_return_received, reference)

    def _write(self, key: str, work: Callable[..., Done], asked: dict[str, Any]) -> Done:
        now = self._clock.now()
        with _named_failures(), self._database.begin() as session:
            return once(
                session,
                key=key,
                kind=work.__name__,
                asked={name: _plain(value) for name, value in asked.items()},
                now=now,
                do=lambda: work(session, now, **asked),
            )

    def _happened(self, event: Callable[[Session, datetime, str], None], what: str) -> None:
        now = self._clock.now()
        with _named_failures(), self._database.begin() as session:
            event(session, now, what)

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with _named_failures(), self._database.read() as session:
            yield session

    @contextmanager
    def _looking(self) -> Iterator[Connection]:
        with _named_failures(), self._database.look() as connection:
            yield connection


def create_tables(database: Database) -> None:
    """Tables and number sequences of the embedded shop, where they are not there yet."""
    ShopBase.metadata.create_all(database.engine)
    with database.begin() as session:
        there = set(session.scalars(select(SequenceRow.name)))
        for name, first in FIRST_NUMBERS.items():
            if name not in there:
                session.add(SequenceRow(name=name, next=first))


@contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:  # busy, gone or a deadlock; the key makes asking again safe
        raise ShopUnavailable(
            "The shop's database does not answer; try the same request again."
        ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return [f"{value.amount:.2f}", value.currency]
    return asdict(value) if isinstance(value, Address) else value
