"""Write the shop's order history into a customer's journey, for what no event told us.

Orders may be older than Careline, or the shop may send no events. What the journey has
already of an order and kind is left alone, so this may be repeated at any time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Touchpoint
from careline.journey.words import Actor, Channel, Stage
from careline.shops.protocol import Order, OrderState, Refund

_KNOWN = select(Touchpoint.order_number, Touchpoint.kind).where(
    Touchpoint.customer_id == bindparam("customer"), Touchpoint.order_number.is_not(None)
)


@dataclass(frozen=True)
class _Happened:
    kind: str
    at: datetime
    stage: Stage
    actor: Actor
    summary: str
    details: tuple[tuple[str, str | bool], ...] = ()
    what: str = ""  # tells several of one kind apart


def record_order_history(
    session: Session, now: datetime, customer_id: str, orders: Sequence[Order]
) -> int:
    """How many touchpoints were added; the stage is derived again if any were."""
    known = _known(session, customer_id)
    rows = [
        _row(now, customer_id, order.number, event)
        for order in orders
        for event in _events(order)
        if (order.number, event.kind) not in known and event.at <= now
    ]
    added = touchpoints.append_many(session, rows)
    if added:
        touchpoints.restage(session, now, customer_id)
    return len(added)


def _known(session: Session, customer_id: str) -> set[tuple[str | None, str]]:
    rows = session.connection().execute(_KNOWN, {"customer": customer_id})
    return {(number, kind) for number, kind in rows}


def _row(now: datetime, customer_id: str, number: str, event: _Happened) -> dict[str, Any]:
    return touchpoints.row(
        now,
        customer_id=customer_id,
        kind=event.kind,
        stage=event.stage,
        actor=event.actor,
        channel=Channel.SHOP,
        summary=event.summary,
        at=event.at,
        about={"order": number, **dict(event.details)},
        source="shop_history",
        source_id=f"{number}:{event.kind}:{event.what}",
    )


def _events(order: Order) -> Iterable[_Happened]:
    number = order.number
    # A replacement is sent by us: the customer bought nothing.
    bought = order.replaces is None
    actor = Actor.CUSTOMER if bought else Actor.SHOP
    placed = f"Placed order {number}: {_goods(order)}"
    sent_again = f"Order {number} makes good order {order.replaces}"
    yield _Happened(
        "order.placed", order.placed_at, Stage.PURCHASE, actor, placed if bought else sent_again
    )
    for parcel in order.shipments:
        if parcel.shipped_at:
            summary = f"A parcel of order {number} left with {parcel.carrier}"
            yield _Happened(
                "order.shipped",
                parcel.shipped_at,
                Stage.DELIVERY,
                Actor.SHOP,
                summary,
                (),
                parcel.id,
            )
    if order.delivered_at:
        summary = f"Order {number} was delivered"
        yield _Happened("order.delivered", order.delivered_at, Stage.DELIVERY, Actor.SHOP, summary)
    yield from _undone(order)


def _undone(order: Order) -> Iterable[_Happened]:
    for refund in order.refunds:
        if refund.paid_at:
            yield _paid_back(order, refund, refund.paid_at)
    asked = [refund.asked_at for refund in order.refunds]
    if order.state == OrderState.CANCELLED:
        at = min(asked, default=order.placed_at)
        summary = f"Order {order.number} was cancelled"
        yield _Happened("order.cancelled", at, Stage.PURCHASE, Actor.SHOP, summary)
    if order.state == OrderState.RETURNED:
        at = max(asked, default=order.delivered_at or order.placed_at)
        summary = f"Order {order.number} was sent back"
        yield _Happened("order.returned", at, Stage.SERVICE, Actor.CUSTOMER, summary)


def _paid_back(order: Order, refund: Refund, at: datetime) -> _Happened:
    amount = refund.amount
    return _Happened(
        "order.refunded",
        at,
        Stage.SERVICE,
        Actor.SHOP,
        f"{amount.amount} {amount.currency} paid back for order {order.number}",
        (("reference", refund.reference), ("partial", amount.amount < order.total.amount)),
        refund.reference,
    )


def _goods(order: Order) -> str:
    names = [line.variant.product for line in order.lines]
    few = ", ".join(names[:3])
    return few if len(names) <= 3 else f"{few} and {len(names) - 3} more"
