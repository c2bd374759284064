"""The demo shop's catalogue in a shop of one's own, and orders made to measure for a test."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update

from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.shops.embedded import EmbeddedShop
from careline.shops.models import LineRow, OrderRow, PaymentRow, ReturnRow, ShipmentRow, VariantRow
from careline.shops.seed import insert_all
from careline.shops.seed_catalogue import as_row, catalogue
from careline.shops.seed_orders import Rows
from careline.shops.writing import next_number

PEOPLE = {"C1001": "ada@example.com", "C1002": "ben@example.com"}


@dataclass
class Market:
    database: Database
    shop: EmbeddedShop
    clock: FixedClock

    def order(
        self,
        *items: str,
        customer: str = "C1001",
        state: str = "delivered",
        days: float = 3,
        late: int = 0,
        payments: tuple[str, ...] = ("captured",),
        quantity: int = 1,
        method: str = "Visa ending 4242",
    ) -> str:
        """An order of "product | option, option", delivered so many days ago; its number.

        For a shipped one `late` says how many days ago it should have come.
        """
        now = self.clock.now()
        delivered = now - timedelta(days=days) if state == "delivered" else None
        shipped = now - timedelta(days=days + 2) if state in ("delivered", "shipped") else None
        with self.database.begin() as session:
            variants = [_find(session, item) for item in items]
            number = next_number(session, "order")
            total = sum((v.price * quantity for v in variants), Decimal(0))
            session.execute(
                insert(OrderRow), _order(number, customer, state, now, delivered, total)
            )
            session.execute(insert(ShipmentRow), _parcel(number, now, shipped, delivered, late))
            for position, variant in enumerate(variants, start=1):
                row = _line(number, position, variant, quantity, state, delivered)
                session.execute(insert(LineRow), row)
            for position, payment in enumerate(payments, start=1):
                session.execute(
                    insert(PaymentRow),
                    {
                        "id": f"P{number}-{position}",
                        "order_number": number,
                        "amount": total,
                        "method": method,
                        "state": payment,
                        "at": now - timedelta(days=days + 3),
                    },
                )
        return number

    def line(self, *items: str, **more: Any) -> str:
        """The first line of such an order."""
        return f"{self.order(*items, **more)}-1"

    def sell_out(self, product: str, **options: str) -> None:
        with self.database.begin() as session:
            for variant in session.scalars(select(VariantRow).where(VariantRow.product == product)):
                if options.items() <= variant.options.items():
                    variant.in_stock = 0

    def receive_return(self, reference: str) -> None:
        with self.database.begin() as session:
            session.execute(
                update(ReturnRow).where(ReturnRow.reference == reference).values(state="received")
            )


def stock(market: Market) -> None:
    now = market.clock.now()
    variants = [as_row(v) | {"in_stock": 50} for v in catalogue(random.Random(1))]
    people = [_person(ref, email, now) for ref, email in PEOPLE.items()]
    with market.database.begin() as session:
        insert_all(session, people, variants, Rows())


def _find(session: Any, item: str) -> VariantRow:
    product, _, options = (part.strip() for part in item.partition("|"))
    wanted = {option.strip() for option in options.split(",") if option.strip()}
    for variant in session.scalars(
        select(VariantRow).where(VariantRow.product == product).order_by(VariantRow.sku)
    ):
        if wanted <= set(variant.options.values()):
            return variant
    raise LookupError(f"the catalogue has no {item}")


def _person(ref: str, email: str, now: datetime) -> dict[str, Any]:
    name = email.split("@")[0].title()
    return {
        "ref": ref, "name": f"{name} Okoro", "email": email, "phone": "+44 100", "country": "GB",
        "locale": "en-GB", "time_zone": "Europe/London", "street": "1 Quay", "postcode": "BS1",
        "city": "Bristol", "created_at": now - timedelta(days=400), "searched": f"{ref} {name}",
    }  # fmt: skip


def _order(
    number: str,
    customer: str,
    state: str,
    now: datetime,
    delivered: datetime | None,
    total: Decimal,
) -> dict[str, Any]:
    return {
        "number": number, "customer_ref": customer, "state": state,
        "placed_at": (delivered or now) - timedelta(days=4), "delivered_at": delivered,
        "currency": "GBP", "total": total, "shipping_price": Decimal(0),
        "recipient": "Ada Okoro", "street": "1 Quay", "postcode": "BS1", "city": "Bristol",
        "country": "GB", "is_gift": False, "replaces": None,
    }  # fmt: skip


def _parcel(
    number: str, now: datetime, shipped: datetime | None, delivered: datetime | None, late: int
) -> dict[str, Any]:
    state = "delivered" if delivered else "in_transit" if shipped else "preparing"
    return {
        "id": f"S{number}-1", "order_number": number, "carrier": "Royal Mail",
        "tracking": f"HV{number}", "state": state, "shipped_at": shipped,
        "expected_at": now - timedelta(days=late) if late else (delivered or now),
        "delivered_at": delivered,
    }  # fmt: skip


def _line(
    number: str,
    position: int,
    variant: VariantRow,
    quantity: int,
    state: str,
    delivered: datetime | None,
) -> dict[str, Any]:
    return {
        "id": f"{number}-{position}", "order_number": number, "position": position,
        "sku": variant.sku, "quantity": quantity, "price": variant.price,
        "state": state if state in ("delivered", "shipped") else "open",
        "final_sale": variant.final_sale, "refunded": Decimal(0), "returned_quantity": 0,
        "replaced_quantity": 0, "settled_quantity": 0, "delivered_at": delivered,
        "shipment_id": f"S{number}-1", "makes_good": None, "collects_old": False,
    }  # fmt: skip
