"""A parcel that is late, lost, or said to be delivered and is not there."""

from datetime import date, timedelta
from decimal import Decimal

from careline.journey.words import Resolution
from careline.service import goodwill
from careline.service.dates import add_working_days, day_in
from careline.service.facts import Assessment, Remedy
from careline.service.situation import Situation
from careline.shops.protocol import Line, LineState, Money, OrderState, Shipment

TRACE = "trace"  # the remedy whose resolution is none: the carrier looks for the parcel
_LOST = "lost"
_OVER = (LineState.CANCELLED, LineState.RETURNED, LineState.RETURNING, LineState.REPLACED)


def assess(s: Situation) -> Assessment:
    """A lost parcel is made good, a late one looked for, one in time waited for."""
    if s.history.under_way:
        return s.refuse("under_way", case_number=s.history.under_way)
    if s.the_order.state is OrderState.CANCELLED:
        return s.refuse("order_cancelled")
    shipment = late_shipment(s)
    if shipment is None:
        return _nothing_is_late(s)
    lines = lines_of(s, shipment)
    if not lines:
        return s.refuse("already_settled", case_number=s.history.last_case)
    if shipment.delivered_at is not None:
        return _said_to_be_delivered(s, shipment, lines)
    if is_lost(s, shipment):
        return s.offer(*_made_good(s, lines), *trace(s))
    gift = goodwill.gift(s, days_late=days_late(s, shipment))
    if s.history.tracing:
        return s.refuse("under_way", *gift, case_number=s.history.tracing)
    return s.offer(*trace(s), *gift)


def late_shipment(s: Situation) -> Shipment | None:
    """The parcel that the request is about: the line's own, or else the latest one."""
    reported = s.request.reason == "parcel_missing"
    if s.line is not None:
        mine = [p for p in s.the_order.shipments if s.line.id in p.line_ids]
    else:
        mine = list(s.the_order.shipments)
    late = [p for p in mine if p.delivered_at is None and days_late(s, p) > _slack(s)]
    late += [p for p in mine if p.delivered_at is None and p.state == _LOST and p not in late]
    if not late and reported:
        late = [p for p in mine if p.delivered_at is not None]
    return max(late, key=lambda p: (days_late(s, p), p.id)) if late else None


def days_late(s: Situation, shipment: Shipment) -> int:
    """Days past the expected one; 0 for a parcel that is there, or in time."""
    if shipment.delivered_at is not None or shipment.expected_at is None:
        return 0
    return max((s.today - day_in(s.zone, shipment.expected_at)).days, 0)


def is_lost(s: Situation, shipment: Shipment) -> bool:
    if shipment.state == _LOST:
        return True
    return days_late(s, shipment) > s.policies.delivery.lost_after_days


def lines_of(s: Situation, shipment: Shipment) -> tuple[Line, ...]:
    """Lines of the parcel with pieces that nobody has put right yet."""
    return tuple(
        line
        for line in s.the_order.lines
        if line.id in shipment.line_ids
        and line.state not in _OVER
        and s.free_pieces(line) > 0
        and (s.line is None or s.line.id == line.id)
    )


def trace(s: Situation) -> tuple[Remedy, ...]:
    """The carrier looks for the parcel, unless it does so already."""
    if s.history.tracing:
        return ()
    days = s.policies.delivery.trace_takes_working_days
    return (Remedy(Resolution.NONE, by=add_working_days(s.today, days), method=TRACE),)


def _slack(s: Situation) -> int:
    return s.policies.delivery.late_after_days - 1


def _said_to_be_delivered(s: Situation, shipment: Shipment, lines: tuple[Line, ...]) -> Assessment:
    """Neighbours and safe places get a day; then the carrier is asked, or it is made good."""
    at = shipment.delivered_at
    delivered = day_in(s.zone, at) if at else s.today
    waits_until = delivered + timedelta(days=s.policies.delivery.look_again_days)
    if s.today < waits_until:
        facts = {"until": waits_until.isoformat(), "carrier": shipment.carrier}
        return s.refuse("look_again", *trace(s), **facts)
    days = s.policies.returns.our_mistakes.report_within_days.default
    if (s.today - delivered).days > days:
        over = (s.today - delivered).days - days
        return s.refuse("reported_too_late", days=str(days), over=str(over))
    return s.offer(*_made_good(s, lines), *trace(s))


def _made_good(s: Situation, lines: tuple[Line, ...]) -> tuple[Remedy, ...]:
    """All of the parcel again, if everything is in stock, or all of its money back."""
    remedies: tuple[Remedy, ...] = ()
    if all(line.variant.in_stock >= s.free_pieces(line) for line in lines):
        remedies = (Remedy(Resolution.REPLACEMENT, by=s.parcel_by()),)
    total = sum((s.paid_for(line, s.free_pieces(line)).amount for line in lines), Decimal(0))
    return remedies + s.refund(Money(total, lines[0].price.currency))


def _nothing_is_late(s: Situation) -> Assessment:
    expected = expected_on(s)
    state = s.the_order.state
    if state is OrderState.DELIVERED:
        return s.refuse("delivered")
    facts = {"expected": expected.isoformat()} if expected else {}
    return s.refuse("not_late_yet", state=str(state), **facts)


def expected_on(s: Situation) -> date | None:
    """The day on which the last parcel that is under way should be there."""
    open_ones = [p for p in s.the_order.shipments if p.delivered_at is None]
    days = [day_in(s.zone, p.expected_at) for p in open_ones if p.expected_at]
    return max(days) if days else None
