"""Sending: the order that makes another one good, and its parcel."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from careline.shops import promises
from careline.shops.models import LineRow, OrderRow, ShipmentRow, VariantRow
from careline.shops.protocol import LineState, OrderState
from careline.shops.writing import next_number, take_from_stock


def send_free_order(
    session: Session,
    now: datetime,
    replaced: OrderRow,
    line: LineRow,
    variant: VariantRow,
    quantity: int,
    *,
    collects_old: bool,
) -> OrderRow:
    """A new order at price 0, to the same address, that takes from the stock at once."""
    take_from_stock(session, variant, quantity)
    number = next_number(session, "order")
    order = OrderRow(
        number=number,
        customer_ref=replaced.customer_ref,
        state=OrderState.PAID,
        placed_at=now,
        currency=replaced.currency,
        total=Decimal(0),
        shipping_price=Decimal(0),
        recipient=replaced.recipient,
        street=replaced.street,
        postcode=replaced.postcode,
        city=replaced.city,
        country=replaced.country,
        is_gift=replaced.is_gift,
        replaces=replaced.number,
    )
    session.add(order)
    session.flush()  # the line and the parcel refer to it
    parcel = new_parcel(order, 1, now, zone=replaced.customer.time_zone)
    order.shipments.append(parcel)
    session.flush()
    order.lines.append(
        LineRow(
            id=f"{number}-1",
            order_number=number,
            position=1,
            sku=variant.sku,
            quantity=quantity,
            price=Decimal(0),
            state=LineState.OPEN,
            final_sale=line.final_sale,
            shipment_id=parcel.id,
            makes_good=line.id,
            collects_old=collects_old,
        )
    )
    session.flush()
    return order


def new_parcel(order: OrderRow, position: int, now: datetime, *, zone: str) -> ShipmentRow:
    return ShipmentRow(
        id=f"S{order.number}-{position}",
        order_number=order.number,
        carrier=promises.carrier_for(order.country),
        tracking=tracking_number(order.number, position, order.country),
        state="preparing",
        expected_at=promises.delivery_by(now, country=order.country, zone=zone),
    )


def tracking_number(number: str, position: int, country: str) -> str:
    return f"HV{number}{position:02d}{country}"
