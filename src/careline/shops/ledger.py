"""How much of a line is still open: units that may be made good, money that may go back.

Pure arithmetic on a line's counts. A unit is settled once: by sending it back, or by
sending another; a collected replacement counts once. Money for units that were replaced
stays with the shop, unless what was sent instead came back.
"""

import math
from decimal import Decimal
from typing import Protocol

from careline.shops.protocol import LineState


class Counts(Protocol):
    """What is counted on a line, be it the mapped row or a plain one."""

    @property
    def quantity(self) -> int: ...
    @property
    def price(self) -> Decimal: ...
    @property
    def state(self) -> str: ...
    @property
    def refunded(self) -> Decimal: ...
    @property
    def replaced_quantity(self) -> int: ...
    @property
    def settled_quantity(self) -> int: ...


# A line whose goods the customer has, at least in part.
WITH_THE_CUSTOMER = {
    LineState.DELIVERED,
    LineState.RETURNING,
    LineState.RETURNED,
    LineState.REPLACED,
}


def unsettled(line: Counts) -> int:
    """Units for which nothing has been done: not sent back, replaced or paid back."""
    if line.state == LineState.CANCELLED:
        return 0
    return max(0, line.quantity - line.settled_quantity - _paid_back_and_kept(line))


def returnable(line: Counts) -> int:
    """Units that may be sent back, paid back or not."""
    if line.state not in WITH_THE_CUSTOMER:
        return 0
    return line.quantity - line.settled_quantity


def refundable(line: Counts) -> Decimal:
    return line.price * (line.quantity - line.replaced_quantity) - line.refunded


def state_after(line: Counts) -> LineState:
    """What a line is called after units of it were settled."""
    if line.settled_quantity < line.quantity:
        return LineState(line.state)
    if line.replaced_quantity == line.quantity:
        return LineState.REPLACED
    return LineState.RETURNING


def _paid_back_and_kept(line: Counts) -> int:
    """Units paid back, if only in part, beyond those that were sent back for their money.

    In part counts as a whole unit: money and another one together would be more than was paid.
    """
    sent_back_for_money = line.settled_quantity - line.replaced_quantity
    kept = line.refunded - line.price * sent_back_for_money
    return math.ceil(kept / line.price) if kept > 0 else 0
