"""Sending: the order that makes another one good, and its parcel."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from careline.shops import promises
from careline.shops.models import LineRow, OrderRow, ShipmentRow, VariantRow
from careline.shops.protocol import LineState, OrderState
from careline.shops.writing import next_number, take_from_stock

# Plain statements: the object mapper would read the new order's parts before it adds to them.
_NEW_ORDER, _NEW_PARCEL, _NEW_LINE = (
    insert(row.metadata.tables[row.__tablename__]) for row in (OrderRow, ShipmentRow, LineRow)
)


@dataclass(frozen=True)
class Sent:
    """The new order and its parcel."""

    number: str
    carrier: str
    expected_at: datetime


def send_free_order(
    session: Session,
    now: datetime,
    replaced: OrderRow,
    line: LineRow,
    variant: VariantRow,
    quantity: int,
    *,
    collects_old: bool,
) -> Sent:
    """A new order at price 0, to the same address, that takes from the stock at once."""
    take_from_stock(session, variant, quantity)
    number = next_number(session, "order")
    order = {
        "number": number,
        "customer_ref": replaced.customer_ref,
        "state": OrderState.PAID,
        "placed_at": now,
        "currency": replaced.currency,
        "total": Decimal(0),
        "shipping_price": Decimal(0),
        "recipient": replaced.recipient,
        "street": replaced.street,
        "postcode": replaced.postcode,
        "city": replaced.city,
        "country": replaced.country,
        "is_gift": replaced.is_gift,
        "replaces": replaced.number,
    }
    parcel = new_parcel(number, 1, now, country=replaced.country, zone=replaced.customer.time_zone)
    goods = {
        "id": f"{number}-1",
        "order_number": number,
        "position": 1,
        "sku": variant.sku,
        "quantity": quantity,
        "price": Decimal(0),
        "state": LineState.OPEN,
        "final_sale": line.final_sale,
        "shipment_id": parcel["id"],
        "makes_good": line.id,
        "collects_old": collects_old,
    }
    connection = session.connection()
    connection.execute(_NEW_ORDER, order)
    connection.execute(_NEW_PARCEL, parcel)
    connection.execute(_NEW_LINE, goods)
    return Sent(number, parcel["carrier"], parcel["expected_at"])


def new_parcel(
    order_number: str, position: int, now: datetime, *, country: str, zone: str
) -> dict[str, Any]:
    """The columns of a parcel that is being prepared."""
    return {
        "id": f"S{order_number}-{position}",
        "order_number": order_number,
        "carrier": promises.carrier_for(country),
        "tracking": tracking_number(order_number, position, country),
        "state": "preparing",
        "expected_at": promises.delivery_by(now, country=country, zone=zone),
    }


def tracking_number(number: str, position: int, country: str) -> str:
    return f"HV{number}{position:02d}{country}"
