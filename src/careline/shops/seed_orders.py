"""The demo shop's orders: what happened to each, and when, as rows.

An order is drafted as a story with an age and told as rows afterwards; numbers follow the
time of placing. Chance never sees the clock, so that the same orders come out every time.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from careline.shops import promises
from careline.shops.protocol import LineState, OrderState
from careline.shops.seed_catalogue import CatalogueVariant
from careline.shops.seed_people import BY_COUNTRY, Region
from careline.shops.sending import tracking_number

Row = dict[str, Any]


class Story(StrEnum):
    DELIVERED = "delivered"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    LATE = "late"
    LOST = "lost"
    SPLIT = "split"  # two parcels, one of them still on its way
    PAID = "paid"
    UNPAID = "unpaid"
    PAYMENT_FAILED = "payment_failed"
    CANCELLED = "cancelled"
    RETURNED = "returned"  # all of it, paid back
    PARTLY_RETURNED = "partly_returned"  # paid back
    RETURNING = "returning"  # agreed, not back yet
    REFUND_PENDING = "refund_pending"
    REFUND_LATE = "refund_late"
    DOUBLE_CHARGE = "double_charge"


ON_THE_WAY = {Story.IN_TRANSIT, Story.OUT_FOR_DELIVERY, Story.LATE, Story.LOST}
NOT_SHIPPED = {Story.PAID, Story.UNPAID, Story.PAYMENT_FAILED, Story.CANCELLED}
SENT_BACK = {
    Story.RETURNED,
    Story.PARTLY_RETURNED,
    Story.RETURNING,
    Story.REFUND_PENDING,
    Story.REFUND_LATE,
}
_CARD_METHODS = ("Visa ending 4242", "Mastercard ending 4444", "Visa ending 1881", "PayPal")
_METHODS = {"DE": ("PayPal", "invoice"), "SE": ("Klarna",), "BR": ("Pix",), "NL": ("Klarna",)}
_ORDER_STATES = {
    Story.SPLIT: OrderState.SHIPPED,
    Story.UNPAID: OrderState.PLACED,
    Story.PAYMENT_FAILED: OrderState.PLACED,
    Story.PAID: OrderState.PAID,
    Story.CANCELLED: OrderState.CANCELLED,
    Story.RETURNED: OrderState.RETURNED,
} | dict.fromkeys(ON_THE_WAY, OrderState.SHIPPED)


@dataclass
class Draft:
    customer: Row
    story: Story
    items: list[tuple[CatalogueVariant, int]]
    placed_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None
    expected_at: datetime
    is_gift: bool
    method: str
    discount: Decimal
    chosen: int  # which line the story is about
    reason: str


@dataclass
class Rows:
    """Rows by table, in the order in which they can be inserted."""

    orders: list[Row] = field(default_factory=list)
    shipments: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    returns: list[Row] = field(default_factory=list)
    given: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def next(self, name: str, first: int) -> int:
        self.given[name] += 1
        return first + self.given[name] - 1


def draft(
    chance: random.Random,
    now: datetime,
    customer: Row,
    story: Story,
    age: timedelta,
    items: list[tuple[CatalogueVariant, int]],
    *,
    is_gift: bool = False,
) -> Draft:
    country = str(customer["country"])
    handling = timedelta(hours=chance.randint(5, 40))
    on_the_way = timedelta(days=promises.DAYS_TO_DELIVER[country], hours=chance.randint(-20, 20))
    placed_at, shipped_at, delivered_at, expected_at = _times(now, story, age, handling, on_the_way)
    return Draft(
        customer=customer,
        story=story,
        items=items,
        placed_at=placed_at,
        shipped_at=shipped_at,
        delivered_at=delivered_at,
        expected_at=expected_at,
        is_gift=is_gift,
        method=chance.choice(_METHODS.get(country, ()) + _CARD_METHODS),
        discount=Decimal(chance.choice(("0", "0", "0", "0", "0", "0.1", "0.2"))),
        chosen=0,
        reason=chance.choice(("doesnt_fit", "changed_mind", "not_as_described", "arrived_broken")),
    )


def tell(drafts: list[Draft], now: datetime, first_number: int) -> Rows:
    rows = Rows()
    for position, one in enumerate(sorted(drafts, key=lambda d: d.placed_at)):
        _tell_one(rows, one, str(first_number + position), now)
    return rows


def local_price(price: Decimal, region: Region) -> Decimal:
    """A price as a shop would print it there."""
    factor = region.price_factor
    if factor == 1:
        return price
    step = Decimal("0.1") if factor < 3 else Decimal(1) if factor < 50 else Decimal(10)
    return (price * factor / step).to_integral_value() * step


def _times(
    now: datetime, story: Story, age: timedelta, handling: timedelta, on_the_way: timedelta
) -> tuple[datetime, datetime | None, datetime | None, datetime]:
    """Placed, shipped, delivered, expected; `age` is that of what the story is about."""
    if story in NOT_SHIPPED:
        placed = now - age
        return placed, None, None, placed + handling + on_the_way
    if story in (Story.LATE, Story.LOST):
        expected = now - age
        shipped = expected - on_the_way
        return shipped - handling, shipped, None, expected
    if story in ON_THE_WAY:
        shipped = now - age
        rest = timedelta(hours=6) if story is Story.OUT_FOR_DELIVERY else timedelta(days=2)
        return shipped - handling, shipped, None, now + rest
    delivered = now - age
    shipped = delivered - on_the_way
    return shipped - handling, shipped, delivered, delivered + timedelta(hours=8)


def _tell_one(rows: Rows, one: Draft, number: str, now: datetime) -> None:
    region = BY_COUNTRY[one.customer["country"]]
    lines = [_line(one, number, position, region) for position in range(1, len(one.items) + 1)]
    goods = sum((line["price"] * line["quantity"] for line in lines), Decimal(0))
    shipping = Decimal(0) if goods >= local_price(Decimal(50), region) else local_price(
        Decimal("3.95"), region
    )  # fmt: skip
    order = _order(one, number, region, goods + shipping, shipping)
    rows.orders.append(order)
    rows.lines.extend(lines)
    payments = _payments(one, number, order["total"])
    rows.payments.extend(payments)
    rows.shipments.extend(_shipments(one, number, lines))
    if one.story in SENT_BACK:
        _send_back(rows, one, order, lines, payments, now)
    if one.story is Story.CANCELLED:
        _pay_back_cancelled(rows, one, order, lines, payments)


def _order(one: Draft, number: str, region: Region, total: Decimal, shipping: Decimal) -> Row:
    all_there = one.delivered_at if one.story is not Story.SPLIT else None
    return {
        "number": number,
        "customer_ref": one.customer["ref"],
        "state": _ORDER_STATES.get(one.story, OrderState.DELIVERED),
        "placed_at": one.placed_at,
        "delivered_at": all_there,
        "currency": region.currency,
        "total": total,
        "shipping_price": shipping,
        "recipient": one.customer["name"],
        **{part: one.customer[part] for part in ("street", "postcode", "city", "country")},
        "is_gift": one.is_gift,
        "replaces": None,
    }


def _line(one: Draft, number: str, position: int, region: Region) -> Row:
    variant, quantity = one.items[position - 1]
    full = local_price(variant.price, region)
    paid = full if variant.final_sale else (full * (1 - one.discount)).quantize(Decimal("0.01"))
    return {
        "id": f"{number}-{position}",
        "order_number": number,
        "position": position,
        "sku": variant.sku,
        "quantity": quantity,
        "price": paid if region.price_factor < 50 else paid.to_integral_value(),
        "state": _line_state(one.story),
        "final_sale": variant.final_sale,
        "refunded": Decimal(0),
        "returned_quantity": 0,
        "replaced_quantity": 0,
        "settled_quantity": 0,
        "delivered_at": one.delivered_at,
        "shipment_id": None,
        "makes_good": None,
        "collects_old": False,
    }


def _line_state(story: Story) -> LineState:
    if story is Story.CANCELLED:
        return LineState.CANCELLED
    if story in NOT_SHIPPED:
        return LineState.OPEN
    return LineState.SHIPPED if story in ON_THE_WAY else LineState.DELIVERED


def _payments(one: Draft, number: str, total: Decimal) -> list[Row]:
    states = {Story.UNPAID: "pending", Story.PAYMENT_FAILED: "failed"}
    times = 2 if one.story is Story.DOUBLE_CHARGE else 1
    return [
        {
            "id": f"P{number}-{position}",
            "order_number": number,
            "method": one.method,
            "amount": total,
            "state": states.get(one.story, "captured"),
            "at": one.placed_at + timedelta(minutes=2 * position),
        }
        for position in range(1, times + 1)
    ]


def _shipments(one: Draft, number: str, lines: list[Row]) -> list[Row]:
    """One parcel; for a split order the last line travels in a second one."""
    if one.story is Story.CANCELLED:
        return []
    parcels = [_parcel(one, number, 1)]
    for line in lines:
        line["shipment_id"] = parcels[0]["id"]
    if one.story is Story.SPLIT:
        late = _parcel(one, number, 2)
        late |= {"state": "in_transit", "delivered_at": None}
        late["expected_at"] = one.expected_at + timedelta(days=5)
        lines[-1] |= {
            "shipment_id": late["id"], "state": LineState.SHIPPED, "delivered_at": None
        }  # fmt: skip
        parcels.append(late)
    return parcels


def _parcel(one: Draft, number: str, position: int) -> Row:
    country = str(one.customer["country"])
    state = "delivered" if one.delivered_at else "preparing"
    if one.story in ON_THE_WAY:
        state = "in_transit" if one.story is Story.LATE else str(one.story)
    return {
        "id": f"S{number}-{position}",
        "order_number": number,
        "carrier": promises.carrier_for(country),
        "tracking": tracking_number(number, position, country),
        "state": state,
        "shipped_at": one.shipped_at,
        "expected_at": one.expected_at,
        "delivered_at": one.delivered_at,
    }


def _send_back(
    rows: Rows, one: Draft, order: Row, lines: list[Row], payments: list[Row], now: datetime
) -> None:
    """Agreed a day after delivery; received and paid back as far as the story goes."""
    assert one.delivered_at is not None
    received = one.story is not Story.RETURNING
    agreed_at = one.delivered_at + timedelta(days=1)
    for line in lines if one.story is Story.RETURNED else lines[:1]:
        count = int(line["quantity"])
        line |= {"returned_quantity": count, "settled_quantity": count}
        line["state"] = LineState.RETURNED if received else LineState.RETURNING
        serial = rows.next("return", 40001)
        rows.returns.append({
            "reference": f"RT-{serial}",
            "order_number": line["order_number"],
            "line_id": line["id"],
            "quantity": count,
            "state": "received" if received else "agreed",
            "reason": one.reason,
            "label_code": f"demo-{serial}",  # invented people: it may be guessed
            "drop_off": promises.drop_off_for(order["country"]),
            "asked_at": agreed_at,
            "send_by": agreed_at + promises.LABEL_VALID,
        })  # fmt: skip
        if received:
            _pay_back_line(rows, one, line, now, asked_at=agreed_at + timedelta(days=2))
    went_back = sum((line["refunded"] for line in lines), Decimal(0))
    if went_back:
        whole = went_back == order["total"]
        payments[0]["state"] = "refunded" if whole else "partly_refunded"


def _pay_back_line(rows: Rows, one: Draft, line: Row, now: datetime, *, asked_at: datetime) -> None:
    expected_at, state = asked_at + timedelta(days=6), "paid"
    if one.story is Story.REFUND_PENDING:
        expected_at, state = now + timedelta(days=3), "pending"
    if one.story is Story.REFUND_LATE:
        expected_at, state = now - timedelta(days=2), "pending"
    line["refunded"] = line["price"] * line["quantity"]
    rows.refunds.append(_refund(rows, line, asked_at, expected_at, state, one.reason))


def _pay_back_cancelled(
    rows: Rows, one: Draft, order: Row, lines: list[Row], payments: list[Row]
) -> None:
    for line in lines:
        line["refunded"] = line["price"] * line["quantity"]
    asked_at = one.placed_at + timedelta(hours=3)
    whole = {"order_number": order["number"], "id": None, "refunded": order["total"]}
    row = _refund(rows, whole, asked_at, asked_at + timedelta(days=6), "paid", "cancelled")
    rows.refunds.append(row)
    payments[0]["state"] = "refunded"


def _refund(
    rows: Rows, line: Row, asked_at: datetime, expected_at: datetime, state: str, reason: str
) -> Row:
    return {
        "reference": f"RF-{rows.next('refund', 70001)}",
        "order_number": line["order_number"],
        "line_id": line["id"],
        "amount": line["refunded"],
        "of_overpayment": False,
        "state": state,
        "reason": reason,
        "asked_at": asked_at,
        "expected_at": expected_at,
        "paid_at": expected_at - timedelta(days=1) if state == "paid" else None,
    }
