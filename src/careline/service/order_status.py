"""An order's state in facts for a sentence: parcels, lateness, refunds."""

from datetime import datetime
from zoneinfo import ZoneInfo

from careline.service.dates import day_in
from careline.service.facts import OrderStatus, RefundStatus, ShipmentStatus
from careline.service.policies import Policies
from careline.shops.protocol import LineState, Order, OrderState, Refund, Shipment


def status_of(order: Order, zone: ZoneInfo, policies: Policies, now: datetime) -> OrderStatus:
    shipments = tuple(_shipment(order, parcel, zone, policies, now) for parcel in order.shipments)
    waited_for = [s for s in shipments if s.delivered_on is None] or list(shipments)
    latest = max(waited_for, key=lambda s: s.late_days, default=None)
    may_cancel = order.state in policies.delivery.cancel_while
    return OrderStatus(
        number=order.number,
        state=str(order.state),
        placed_on=day_in(zone, order.placed_at),
        delivered_on=day_in(zone, order.delivered_at) if order.delivered_at else None,
        total=order.total,
        products=tuple(dict.fromkeys(line.variant.product for line in order.lines)),
        shipments=shipments,
        refunds=tuple(refund_statuses(order, zone, now)),
        carrier=latest.carrier if latest else "",
        tracking=latest.tracking if latest else "",
        expected_on=latest.expected_on if latest else None,
        late_days=latest.late_days if latest and order.state != OrderState.CANCELLED else 0,
        can_be_cancelled=may_cancel and all(_is_here(line.state) for line in order.lines),
        address=f"{order.address.street}, {order.address.city}",
    )


def refund_statuses(order: Order, zone: ZoneInfo, now: datetime) -> list[RefundStatus]:
    return [_refund(order, refund, zone, now) for refund in order.refunds]


def _is_here(state: LineState) -> bool:
    return state in (LineState.OPEN, LineState.CANCELLED)


def _shipment(
    order: Order, parcel: Shipment, zone: ZoneInfo, policies: Policies, now: datetime
) -> ShipmentStatus:
    late = 0
    if parcel.delivered_at is None and parcel.expected_at is not None:
        late = (day_in(zone, now) - day_in(zone, parcel.expected_at)).days
    return ShipmentStatus(
        state=parcel.state,
        carrier=parcel.carrier,
        tracking=parcel.tracking,
        products=tuple(line.variant.product for line in order.lines if line.id in parcel.line_ids),
        expected_on=day_in(zone, parcel.expected_at) if parcel.expected_at else None,
        delivered_on=day_in(zone, parcel.delivered_at) if parcel.delivered_at else None,
        late_days=late if late >= policies.delivery.late_after_days else 0,
    )


def _refund(order: Order, refund: Refund, zone: ZoneInfo, now: datetime) -> RefundStatus:
    product = [line.variant.product for line in order.lines if line.id == refund.line_id]
    expected = day_in(zone, refund.expected_at)
    methods = [p.method for p in order.payments if p.state != "failed"]
    return RefundStatus(
        order_number=order.number,
        product=product[0] if product else "",
        amount=refund.amount,
        method=methods[-1] if methods else "",
        state=refund.state,
        asked_on=day_in(zone, refund.asked_at),
        expected_on=expected,
        paid_on=day_in(zone, refund.paid_at) if refund.paid_at else None,
        is_late=refund.paid_at is None and day_in(zone, now) > expected,
    )
