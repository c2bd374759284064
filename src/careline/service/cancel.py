"""Stopping an order, or one line of it, before it is shipped."""

from decimal import Decimal

from careline.journey.words import Resolution
from careline.service.facts import Assessment, Remedy
from careline.service.situation import Situation
from careline.shops.protocol import LineState, Money, OrderState

TAKEN = ("captured", "partly_refunded")  # states of a payment that reached us
STOP = "cancel"  # the remedy whose resolution is none: nothing was paid, nothing goes back


def assess(s: Situation) -> Assessment:
    """As long as it is here it can be stopped; what was paid goes back."""
    if s.history.under_way:
        return s.refuse("under_way", case_number=s.history.under_way)
    if s.the_order.state is OrderState.CANCELLED:
        return s.refuse("order_cancelled")
    if s.line is not None:
        return _line(s) if s.line.state is LineState.OPEN else _too_late(s)
    if not can_be_cancelled(s):
        return _too_late(s)
    return s.offer(_stop(s, _paid(s)))


def can_be_cancelled(s: Situation) -> bool:
    """The whole order: nothing of it has left yet (delivery.yml, cancel_while)."""
    order = s.the_order
    stays = all(line.state in (LineState.OPEN, LineState.CANCELLED) for line in order.lines)
    return stays and order.state in s.policies.delivery.cancel_while


def _line(s: Situation) -> Assessment:
    worth = s.paid_for(s.the_line, s.the_line.quantity)
    nothing = Money(Decimal(0), worth.currency)
    return s.offer(_stop(s, worth if _paid(s).amount > 0 else nothing))


def _paid(s: Situation) -> Money:
    """What was taken and not given back; never more than the order's total."""
    order, zero = s.the_order, Decimal(0)
    taken = sum((p.amount.amount for p in order.payments if p.state in TAKEN), zero)
    back = sum((r.amount.amount for r in order.refunds if r.state != "failed"), zero)
    return Money(max(min(taken, order.total.amount) - back, zero), order.total.currency)


def _stop(s: Situation, paid: Money) -> Remedy:
    if paid.amount <= 0:
        return Remedy(Resolution.NONE, by=s.today, method=STOP)
    return s.refund(paid)[0]


def _too_late(s: Situation) -> Assessment:
    return s.refuse("already_shipped", state=str(s.the_order.state))
