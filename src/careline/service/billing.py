"""Money that was taken wrongly: a double charge goes back, the rest is explained or looked at."""

from decimal import Decimal

from careline.service.cancel import TAKEN
from careline.service.facts import Assessment
from careline.service.situation import Situation
from careline.shops.protocol import Money, Order


def assess(s: Situation) -> Assessment:
    """What the payments show decides, not what was said about them."""
    if s.history.under_way:
        return s.refuse("under_way", case_number=s.history.under_way)
    if s.order is None:
        return s.refuse("no_order")
    extra = overpaid(s.order)
    if extra.amount > 0:
        return s.offer(*s.refund(extra))
    if payment_failed(s.order):
        return s.refuse("payment_failed", method=s.order.payments[-1].method)
    if not any(p.state in TAKEN for p in s.order.payments):
        return s.refuse("nothing_taken")
    return s.refuse("charged_once", amount=str(s.order.total.amount))


def overpaid(order: Order) -> Money:
    """What was taken beyond the order's total and has not gone back."""
    taken = sum((p.amount.amount for p in order.payments if p.state in TAKEN), Decimal(0))
    # Refunds of lines are of the total itself; those of the order beyond it have no line.
    back = sum(
        (r.amount.amount for r in order.refunds if r.line_id is None and r.state != "failed"),
        Decimal(0),
    )
    extra = taken - order.total.amount - back
    return Money(max(extra, Decimal(0)), order.total.currency)


def payment_failed(order: Order) -> bool:
    return bool(order.payments) and all(p.state == "failed" for p in order.payments)
