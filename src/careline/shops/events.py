"""What happens to orders outside Careline: parcels leave and arrive, money and goods get back.

The shop's staff, carriers and bank cause these; hooks and tests call them. Each may be told
twice: a second telling changes nothing.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.kit.errors import NotFound
from careline.shops import ledger
from careline.shops.models import LineRow, OrderRow, RefundRow, ReturnRow, ShipmentRow
from careline.shops.protocol import LineState, OrderState
from careline.shops.sending import new_parcel
from careline.shops.writing import locked_order


def mark_shipped(session: Session, now: datetime, number: str) -> None:
    """All that has not left leaves now."""
    order = locked_order(session, number)
    lines = [line for line in order.lines if line.state == LineState.OPEN]
    if not lines:
        return
    _pack_what_has_no_parcel(session, now, order, lines)
    for line in lines:
        line.state = LineState.SHIPPED
    for parcel in order.shipments:
        if parcel.state == "preparing":
            parcel.state, parcel.shipped_at = "in_transit", now
    order.state = OrderState.SHIPPED


def mark_delivered(session: Session, now: datetime, number: str) -> None:
    """All that was on its way is there now."""
    order = locked_order(session, number)
    arrived = {parcel.id for parcel in order.shipments if parcel.state != "preparing"}
    for parcel in order.shipments:
        if parcel.id in arrived and parcel.delivered_at is None:
            parcel.state, parcel.delivered_at = "delivered", now
    for line in order.lines:
        if line.shipment_id in arrived and line.delivered_at is None:
            line.delivered_at = now
            if line.state == LineState.SHIPPED:
                line.state = LineState.DELIVERED
    unfinished = {LineState.OPEN, LineState.SHIPPED}
    if order.state == OrderState.SHIPPED and not any(o.state in unfinished for o in order.lines):
        order.state, order.delivered_at = OrderState.DELIVERED, now


def mark_refund_paid(session: Session, now: datetime, reference: str) -> None:
    row = session.get(RefundRow, reference)
    if row is None:
        raise NotFound(f"There is no refund {reference}.")
    if row.paid_at is None:
        row.state, row.paid_at = "paid", now


def mark_return_received(session: Session, now: datetime, reference: str) -> None:
    row = session.get(ReturnRow, reference)
    if row is None:
        raise NotFound(f"There is no return {reference}.")
    order = locked_order(session, row.order_number)
    row.state = "received"
    session.flush()
    line = next(line for line in order.lines if line.id == row.line_id)
    if line.state == LineState.RETURNING and _all_received(session, line):
        line.state = LineState.RETURNED
    kept_none = {LineState.RETURNED, LineState.CANCELLED}
    if all(other.state in kept_none for other in order.lines):
        order.state = OrderState.RETURNED


def _all_received(session: Session, line: LineRow) -> bool:
    returns = session.scalars(select(ReturnRow).where(ReturnRow.line_id == line.id)).all()
    return (
        ledger.unsettled(line) == 0
        and line.returned_quantity == line.quantity
        and all(row.state == "received" for row in returns)
    )


def _pack_what_has_no_parcel(
    session: Session, now: datetime, order: OrderRow, lines: list[LineRow]
) -> None:
    loose = [line for line in lines if line.shipment_id is None]
    if not loose:
        return
    taken = {parcel.id for parcel in order.shipments}
    position = next(n for n in range(1, 100) if f"S{order.number}-{n}" not in taken)
    zone = order.customer.time_zone
    parcel = ShipmentRow(
        **new_parcel(order.number, position, now, country=order.country, zone=zone)
    )
    order.shipments.append(parcel)
    session.flush()
    for line in loose:
        line.shipment_id = parcel.id
