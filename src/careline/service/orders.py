"""Find what the customer means among their own orders, and say how an order stands."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from careline.journey.models import Case
from careline.journey.words import CaseKind, CaseState
from careline.kit.zones import zone_of
from careline.service.dates import day_in
from careline.service.facts import LineChoice, OrderChoice, OrderStatus, RefundStatus
from careline.service.gathering import OrderNotFound, customer_shop_ref, home_of, own_order
from careline.service.matching import NO_DAY, Candidate, Day, scores
from careline.service.order_status import refund_statuses, status_of
from careline.service.said_dates import spans_in
from careline.service.said_things import about_the_order, about_the_trouble
from careline.service.services import Services
from careline.shops.protocol import Line, LineState, Order, OrderState

__all__ = [
    "LineChoice",
    "OrderChoice",
    "OrderStatus",
    "RefundStatus",
    "choices",
    "customer_shop_ref",
    "order_choices",
    "refund_status",
    "status",
]

NAMED = 0.75  # how well words must fit a line to name it (service.matching)
_LOOKED_AT = 50  # orders, newest first
_IF_ONLY_RECEIVED = 0.7  # below the score at which a line counts as named
_ARRIVED = {CaseKind.WRONG_ITEM, CaseKind.FAULTY, CaseKind.RETURN, CaseKind.EXCHANGE}
_ABOUT_WHAT_THEY_WANT = {CaseKind.EXCHANGE, CaseKind.CHANGE}
_GONE_WRONG = {CaseKind.FAULTY, CaseKind.MISSING}
_ENDED = (CaseState.RESOLVED, CaseState.WITHDRAWN)
_OPEN_CASES = (
    select(Case.number, Case.line_id, Case.order_number)
    .where(Case.customer_id == bindparam("customer"), Case.state.not_in(_ENDED))
    .order_by(Case.opened_at)
)


def choices(
    services: Services,
    customer_id: str,
    *,
    kind: str,
    words: str = "",
    order_number: str | None = None,
    limit: int = 5,
) -> list[LineChoice]:
    """Lines of this customer that fit the topic, the likeliest first; newest first on ties.

    Words name what was ordered ("socks instead of shoes" means the shoes). An order number
    that is not theirs gives nothing, as a wrong one does.
    """
    zone, found = _orders(services, customer_id, order_number)
    lines = [(order, line) for order in found for line in order.lines if _fits(kind, line)]
    cases = _open_cases(services, customer_id)
    values = _scores(services, zone, kind, words, lines)
    ranked = [
        _line_choice(order, line, zone, score, cases)
        for (order, line), score in zip(lines, values, strict=True)
    ]
    ranked.sort(key=lambda choice: (choice.score, _day(choice)), reverse=True)
    return ranked[:limit]


def order_choices(
    services: Services,
    customer_id: str,
    *,
    kind: str,
    words: str = "",
    order_number: str | None = None,
    limit: int = 5,
) -> list[OrderChoice]:
    """Orders of this customer that fit the topic; kind is a case kind or "status"."""
    zone, found = _orders(services, customer_id, order_number)
    fitting = [order for order in found if order_number or _order_fits(kind, order)]
    lines = [(order, line) for order in fitting for line in order.lines]
    best: dict[str, float] = {}
    for (order, _), score in zip(lines, _scores(services, zone, kind, words, lines), strict=True):
        best[order.number] = max(best.get(order.number, 0.0), score)
    cases = _open_cases(services, customer_id)
    ranked = [_order_choice(o, zone, best.get(o.number, 0.0), cases) for o in fitting]
    ranked.sort(key=lambda choice: (choice.score, choice.placed_on), reverse=True)
    return ranked[:limit]


def named_line(services: Services, customer_id: str, words: str) -> str | None:
    """The line of any of the customer's orders that the words name; None if they name none."""
    zone, found = _orders(services, customer_id, None)
    lines = [(order, line) for order in found for line in order.lines]
    values = _scores(services, zone, "", words, lines)
    best = max(zip(values, lines, strict=True), key=lambda pair: pair[0], default=None)
    return best[1][1].id if best and best[0] >= NAMED else None


def status(services: Services, customer_id: str, order_number: str) -> OrderStatus | None:
    """How the order stands; None if this customer has no such order."""
    zone, found = _orders(services, customer_id, order_number)
    if not found:
        return None
    return status_of(found[0], zone, services.policies, services.clock.now())


def refund_status(
    services: Services, customer_id: str, order_number: str | None = None
) -> list[RefundStatus]:
    """Refunds of one order or of all; those under way first, then the newest."""
    zone, found = _orders(services, customer_id, order_number)
    now = services.clock.now()
    refunds = [refund for order in found for refund in refund_statuses(order, zone, now)]
    newest_first = sorted(refunds, key=lambda refund: refund.asked_on, reverse=True)
    return sorted(newest_first, key=lambda refund: refund.paid_on is not None)


def _orders(
    services: Services, customer_id: str, order_number: str | None
) -> tuple[ZoneInfo, Sequence[Order]]:
    home = home_of(services, customer_id)
    zone, ref = zone_of(home.time_zone), home.shop_ref
    if ref is None:
        return zone, ()
    if order_number is None:
        return zone, services.shop.orders(customer_ref=ref, limit=_LOOKED_AT)
    try:
        order = own_order(services.shop, ref, order_number)
    except OrderNotFound:
        return zone, ()
    return zone, (order,) if order else ()


def _fits(kind: str, line: Line) -> bool:
    """Whether the topic can be about such a line at all."""
    if kind in _ARRIVED or kind == CaseKind.REFUND:
        return line.delivered_at is not None and line.unsettled_quantity > 0
    if kind == CaseKind.MISSING:
        is_out = line.state in (LineState.SHIPPED, LineState.DELIVERED)
        return is_out and line.unsettled_quantity > 0
    if kind == CaseKind.DELIVERY:
        return line.state in (LineState.SHIPPED, LineState.OPEN, LineState.DELIVERED)
    if kind in (CaseKind.CANCEL, CaseKind.CHANGE):
        return line.state is LineState.OPEN
    return line.state is not LineState.CANCELLED


def _order_fits(kind: str, order: Order) -> bool:
    if kind in (CaseKind.CANCEL, CaseKind.CHANGE):
        return any(line.state is LineState.OPEN for line in order.lines)
    if kind in (CaseKind.DELIVERY, CaseKind.MISSING):
        return order.state in (OrderState.PAID, OrderState.SHIPPED, OrderState.DELIVERED)
    return True


def _scores(
    services: Services,
    zone: ZoneInfo,
    kind: str,
    words: str,
    lines: Sequence[tuple[Order, Line]],
) -> list[float]:
    if not words.strip():
        return [0.0] * len(lines)
    today = day_in(zone, services.clock.now())
    day = Day.said_in(words, spans_in(words, today))
    candidates = [_candidate(order, line, zone) for order, line in lines]
    if kind in _ABOUT_WHAT_THEY_WANT:  # "size 42 instead of 41": nothing came instead
        return scores(words, day, candidates)
    about = about_the_order(words, came_wrong=kind == CaseKind.WRONG_ITEM)
    found = scores(about, day, candidates)
    if any(found):
        if about != words:
            return _with_the_name(found, words, day, candidates)
        return _of_the_trouble(found, words, candidates) if kind in _GONE_WRONG else found
    if about == words:
        return found
    # Only what came was named; it may be the same product, in a wrong size. Worth asking.
    return [score * _IF_ONLY_RECEIVED for score in scores(words, NO_DAY, candidates)]


def _with_the_name(
    found: list[float], words: str, day: Day, candidates: Sequence[Candidate]
) -> list[float]:
    """ "The boots are a 43, I ordered 41": the size was ordered, the name stands elsewhere."""
    if max(found) >= NAMED:
        return found
    whole = scores(words, day, candidates)
    return [max(score, named) if score else 0.0 for score, named in zip(found, whole, strict=True)]


def _of_the_trouble(found: list[float], words: str, candidates: Sequence[Candidate]) -> list[float]:
    """Several of their things were named: the one that is spoken of as missing or broken."""
    if sum(score >= NAMED for score in found) < 2:
        return found
    narrower = scores(about_the_trouble(words), NO_DAY, candidates)
    return narrower if sum(score >= NAMED for score in narrower) == 1 else found


def _candidate(order: Order, line: Line, zone: ZoneInfo) -> Candidate:
    delivered = day_in(zone, line.delivered_at) if line.delivered_at else None
    return Candidate(
        product=line.variant.product,
        category=line.variant.category,
        words=line.variant.words,
        options=line.variant.options,
        placed_on=day_in(zone, order.placed_at),
        delivered_on=delivered,
    )


def _line_choice(
    order: Order, line: Line, zone: ZoneInfo, score: float, cases: dict[str | None, str]
) -> LineChoice:
    return LineChoice(
        line_id=line.id,
        order_number=order.number,
        product=line.variant.product,
        variant=line.variant.name,
        category=line.variant.category,
        quantity=line.quantity,
        state=str(line.state),
        placed_on=day_in(zone, order.placed_at),
        delivered_on=day_in(zone, line.delivered_at) if line.delivered_at else None,
        score=score,
        price=line.price,
        has_open_case=cases.get(line.id, ""),
    )


def _order_choice(
    order: Order, zone: ZoneInfo, score: float, cases: dict[str | None, str]
) -> OrderChoice:
    return OrderChoice(
        number=order.number,
        state=str(order.state),
        placed_on=day_in(zone, order.placed_at),
        delivered_on=day_in(zone, order.delivered_at) if order.delivered_at else None,
        total=order.total,
        products=tuple(dict.fromkeys(line.variant.product for line in order.lines)),
        score=score,
        has_open_case=cases.get(order.number, ""),
    )


def _day(choice: LineChoice) -> date:
    return choice.delivered_on or choice.placed_on


def _open_cases(services: Services, customer_id: str) -> dict[str | None, str]:
    """Numbers of the cases under way, by line id and by order number."""
    with services.database.look() as connection:
        rows = connection.execute(_OPEN_CASES, {"customer": customer_id})
        found: dict[str | None, str] = {}
        for number, line_id, order_number in rows:
            found[order_number] = number
            found[line_id] = number
    found.pop(None, None)
    return found
