"""How much of a line is still open: units that may be made good, money that may go back.

Pure arithmetic on a line's counts. A unit is settled once: by sending it back, or by
sending another; a collected replacement counts once. Money for units that were replaced
stays with the shop, unless what was sent instead came back.
"""

from decimal import Decimal

from careline.shops.models import LineRow
from careline.shops.protocol import LineState

# A line whose goods the customer has, at least in part.
WITH_THE_CUSTOMER = {
    LineState.DELIVERED,
    LineState.RETURNING,
    LineState.RETURNED,
    LineState.REPLACED,
}


def unsettled(line: LineRow) -> int:
    """Units for which nothing has been done: not sent back, replaced or fully paid back."""
    if line.state == LineState.CANCELLED:
        return 0
    return max(0, line.quantity - line.settled_quantity - _paid_back_and_kept(line))


def returnable(line: LineRow) -> int:
    """Units that may be sent back, paid back or not."""
    if line.state not in WITH_THE_CUSTOMER:
        return 0
    return line.quantity - line.settled_quantity


def refundable(line: LineRow) -> Decimal:
    return line.price * (line.quantity - line.replaced_quantity) - line.refunded


def state_after(line: LineRow) -> LineState:
    """What a line is called after units of it were settled."""
    if line.settled_quantity < line.quantity:
        return LineState(line.state)
    if line.replaced_quantity == line.quantity:
        return LineState.REPLACED
    return LineState.RETURNING


def _paid_back_and_kept(line: LineRow) -> int:
    """Whole units paid back beyond those that were sent back for their money."""
    if not line.price:
        return 0
    sent_back_for_money = line.settled_quantity - line.replaced_quantity
    return max(0, int(line.refunded // line.price) - sent_back_for_money)
