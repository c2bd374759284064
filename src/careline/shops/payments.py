"""What was taken for an order, what went back, and what may still go back."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from careline.shops import promises
from careline.shops.models import LineRow, OrderRow, RefundRow
from careline.shops.protocol import Done, ShopRefused, Why
from careline.shops.writing import locked_order, next_number

_TAKEN = {"captured", "partly_refunded", "refunded"}


def taken(order: OrderRow) -> Decimal:
    return sum((p.amount for p in order.payments if p.state in _TAKEN), Decimal(0))


def left_to_pay_back(order: OrderRow) -> Decimal:
    """Of what the order cost; what was taken beyond that is overpaid, not refundable."""
    went_back = (r.amount for r in order.refunds if r.state != "failed" and not r.of_overpayment)
    return min(taken(order), order.total) - sum(went_back, Decimal(0))


def overpaid(order: OrderRow) -> Decimal:
    went_back = (r.amount for r in order.refunds if r.state != "failed" and r.of_overpayment)
    return max(Decimal(0), taken(order) - order.total) - sum(went_back, Decimal(0))


def refund_overpayment(session: Session, now: datetime, *, number: str, reason: str) -> Done:
    order = locked_order(session, number)
    amount = overpaid(order)
    if amount <= 0:
        raise ShopRefused(
            "No more was taken than the order costs, or it has been paid back.",
            why=Why.MORE_THAN_PAID,
        )
    return _write_refund(session, now, order, amount, reason, line=None, of_overpayment=True)


def pay_back(
    session: Session,
    now: datetime,
    order: OrderRow,
    amount: Decimal,
    reason: str,
    *,
    line: LineRow | None = None,
) -> Done:
    """Write the refund and the counts that go with it; the caller holds the order's lock."""
    if not taken(order):
        raise ShopRefused("Nothing has been paid for this order.", why=Why.NOT_PAID)
    if amount > left_to_pay_back(order):
        raise ShopRefused(
            f"At most {left_to_pay_back(order)} {order.currency} of this order can go back.",
            why=Why.MORE_THAN_PAID,
        )
    if line is not None:
        line.refunded += amount
    return _write_refund(session, now, order, amount, reason, line=line, of_overpayment=False)


def _write_refund(
    session: Session,
    now: datetime,
    order: OrderRow,
    amount: Decimal,
    reason: str,
    *,
    line: LineRow | None,
    of_overpayment: bool,
) -> Done:
    method = next(p.method for p in order.payments if p.state in _TAKEN)
    zone = order.customer.time_zone
    row = RefundRow(
        reference=next_number(session, "refund"),
        order_number=order.number,
        line_id=line.id if line is not None else None,
        amount=amount,
        of_overpayment=of_overpayment,
        state="pending",
        reason=reason,
        asked_at=now,
        expected_at=promises.money_back_by(now, method=method, country=order.country, zone=zone),
    )
    order.refunds.append(row)
    _mark_payments(order)
    details = {"method": method, "amount": str(amount), "currency": order.currency}
    return Done(row.reference, row.expected_at, details)


def _mark_payments(order: OrderRow) -> None:
    """The latest payment is paid back first, as a double charge is."""
    went_back = sum((r.amount for r in order.refunds if r.state != "failed"), Decimal(0))
    for payment in reversed([p for p in order.payments if p.state in _TAKEN]):
        if went_back >= payment.amount:
            payment.state = "refunded"
        else:
            payment.state = "partly_refunded" if went_back > 0 else "captured"
        went_back = max(Decimal(0), went_back - payment.amount)
