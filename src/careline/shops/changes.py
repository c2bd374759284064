"""What can be changed before goods leave: cancel, another variant, another address; and traces.

Each function works in the caller's transaction; the order is locked while it decides.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.shops import promises
from careline.shops.models import LineRow, OrderRow, ShipmentRow, TraceRow
from careline.shops.payments import left_to_pay_back, pay_back, taken
from careline.shops.protocol import Address, Done, LineState, OrderState, ShopRefused, Why
from careline.shops.remedies import same_product_variant
from careline.shops.writing import (
    locked_line,
    locked_order,
    next_number,
    put_into_stock,
    take_from_stock,
)


def cancel_order(session: Session, now: datetime, *, number: str, reason: str) -> Done:
    order = locked_order(session, number)
    _refuse_unless_unshipped(order)
    return _cancel_the_rest(session, now, order, reason)


def cancel_line(session: Session, now: datetime, *, line_id: str, reason: str) -> Done:
    order, line = locked_line(session, line_id)
    _refuse_unless_open(line)
    others = [o for o in order.lines if o is not line and o.state != LineState.CANCELLED]
    if not others:
        return _cancel_the_rest(session, now, order, reason)
    _take_off(session, order, line)
    if all(o.state not in (LineState.OPEN, LineState.SHIPPED) for o in others):
        order.state = OrderState.DELIVERED  # what was still to come, comes no more
    owed = min(line.price * line.quantity - line.refunded, left_to_pay_back(order))
    if not taken(order) or owed <= 0:
        return Done(order.number, now, _nothing_back(order))
    return pay_back(session, now, order, owed, reason, line=line)


def change_variant(session: Session, now: datetime, *, line_id: str, sku: str) -> Done:
    order, line = locked_line(session, line_id)
    _refuse_unless_open(line)
    other = same_product_variant(session, line, sku)
    if other.sku != line.sku:
        take_from_stock(session, other, line.quantity)
        put_into_stock(session, line.sku, line.quantity)
        line.sku = other.sku
    return Done(order.number, _expected(order, line, now))


def change_address(session: Session, now: datetime, *, number: str, address: Address) -> Done:
    order = locked_order(session, number)
    _refuse_unless_unshipped(order)
    if address.country != order.country:
        raise ShopRefused(
            "Shipping costs depend on the country; an order cannot move to another one.",
            why=Why.OTHER_COUNTRY,
        )
    order.recipient, order.street = address.name, address.street
    order.postcode, order.city = address.postcode, address.city
    return Done(order.number, _expected(order, order.lines[0], now))


def trace_parcel(session: Session, now: datetime, *, number: str, shipment_id: str | None) -> Done:
    order = locked_order(session, number)
    shipment = _shipment_to_trace(order, shipment_id)
    trace = session.scalar(select(TraceRow).where(TraceRow.shipment_id == shipment.id))
    details = {"carrier": shipment.carrier, "tracking": shipment.tracking}
    if trace is not None:
        return Done(trace.reference, trace.expected_at, details | {"already_asked": "yes"})
    trace = TraceRow(
        reference=next_number(session, "trace"),
        shipment_id=shipment.id,
        asked_at=now,
        expected_at=promises.business_days_after(
            now, promises.DAYS_TO_TRACE, country=order.country, zone=order.customer.time_zone
        ),
    )
    session.add(trace)
    return Done(trace.reference, trace.expected_at, details)


def _cancel_the_rest(session: Session, now: datetime, order: OrderRow, reason: str) -> Done:
    """Cancel every line that is left, and pay back all that is left of the order."""
    owed = left_to_pay_back(order)
    for line in order.lines:
        if line.state != LineState.CANCELLED:
            _take_off(session, order, line)
            if taken(order):
                line.refunded = line.price * line.quantity
    order.state = OrderState.CANCELLED
    if owed <= 0:
        return Done(order.number, now, _nothing_back(order))
    return pay_back(session, now, order, owed, reason)


def _take_off(session: Session, order: OrderRow, line: LineRow) -> None:
    """The goods go back on the shelf; what the line was to make good is open again."""
    put_into_stock(session, line.sku, line.quantity)
    line.state = LineState.CANCELLED
    parcel, line.shipment_id = line.shipment_id, None
    session.flush()
    if parcel is not None and not any(o.shipment_id == parcel for o in order.lines):
        order.shipments[:] = [s for s in order.shipments if s.id != parcel]
        session.delete(session.get_one(ShipmentRow, parcel))
    if line.makes_good is not None:
        _reopen(session, line)


def _reopen(session: Session, line: LineRow) -> None:
    assert line.makes_good is not None
    origin = locked_line(session, line.makes_good)[1]
    origin.replaced_quantity -= line.quantity
    if not line.collects_old:
        origin.settled_quantity -= line.quantity
    if origin.state == LineState.REPLACED and origin.settled_quantity < origin.quantity:
        came = origin.delivered_at is not None
        origin.state = LineState.DELIVERED if came else LineState.SHIPPED
    elif origin.state == LineState.REPLACED:
        origin.state = LineState.RETURNING


def _shipment_to_trace(order: OrderRow, shipment_id: str | None) -> ShipmentRow:
    shipped = [s for s in order.shipments if s.state != "preparing"]
    if shipment_id is not None:
        shipped = [s for s in shipped if s.id == shipment_id]
    if not shipped:
        raise ShopRefused("No parcel of this order has been shipped.", why=Why.NOT_SHIPPED)
    on_the_way = [s for s in shipped if s.delivered_at is None]
    return (on_the_way or shipped)[0]


def _refuse_unless_unshipped(order: OrderRow) -> None:
    if order.state == OrderState.CANCELLED:
        raise ShopRefused("This order has been cancelled.", why=Why.ALREADY_CANCELLED)
    if any(line.state not in (LineState.OPEN, LineState.CANCELLED) for line in order.lines):
        raise ShopRefused("This order has been shipped.", why=Why.ALREADY_SHIPPED)


def _refuse_unless_open(line: LineRow) -> None:
    if line.state == LineState.CANCELLED:
        raise ShopRefused("This has been cancelled.", why=Why.ALREADY_CANCELLED)
    if line.state != LineState.OPEN:
        raise ShopRefused("This has been shipped.", why=Why.ALREADY_SHIPPED)


def _expected(order: OrderRow, line: LineRow, now: datetime) -> datetime:
    parcel = next((s for s in order.shipments if s.id == line.shipment_id), None)
    if parcel is not None and parcel.expected_at is not None:
        return parcel.expected_at
    return promises.delivery_by(now, country=order.country, zone=order.customer.time_zone)


def _nothing_back(order: OrderRow) -> dict[str, str]:
    return {"amount": str(Decimal("0.00")), "currency": order.currency}
