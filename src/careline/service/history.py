"""What the record knows that bears on a request: earlier cases and gifts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from careline.journey.models import Case, Goodwill, Touchpoint
from careline.journey.words import CaseKind, CaseState, Resolution
from careline.service.facts import History
from careline.service.recall import RECALLED
from careline.service.situation import Situation

# Resolutions after which a piece has been put right; a repaired one may break again.
_SETTLES = {
    Resolution.REPLACEMENT,
    Resolution.REFUND,
    Resolution.EXCHANGE,
    Resolution.KEEP_ITEM,
}
_BUDGET_YEAR = timedelta(days=365)

_OTHER_CASES = (
    select(Case)
    .where(Case.customer_id == bindparam("customer"), Case.order_number == bindparam("order"))
    .where(Case.key != bindparam("key"), Case.state != CaseState.WITHDRAWN)
    .order_by(Case.opened_at, Case.id)
)
_GOODWILL = select(func.sum(Goodwill.worth)).where(
    Goodwill.customer_id == bindparam("customer"),
    Goodwill.currency == bindparam("currency"),
    Goodwill.given_at > bindparam("since"),
)

_RECALLS = select(Touchpoint.about, Touchpoint.order_number).where(
    Touchpoint.customer_id == bindparam("customer"), Touchpoint.kind == RECALLED
)


def history_of(session: Session, situation: Situation) -> History:
    request, order = situation.request, situation.order
    if order is None:
        return History()
    cases = session.scalars(
        _OTHER_CASES,
        {"customer": request.customer_id, "order": order.number, "key": request.key},
    ).all()
    settling = [case for case in cases if _settles(case)]
    mine = [c for c in settling if request.line_id in (None, *_pieces(c))]
    return History(
        settled=_settled(settling),
        under_way=_last(case for case in cases if _is_under_way(case, situation)),
        tracing=_last(case for case in cases if is_tracing(case)),
        last_case=_last(mine),
        goodwill_this_year=_goodwill_this_year(session, situation, order.total.currency),
        had_goodwill_for_this=_had_goodwill(session, cases, request.kind),
        is_recalled=_is_recalled(session, situation),
    )


def is_tracing(case: Case) -> bool:
    """A case that stays open while the carrier looks for the parcel."""
    return (
        case.state == CaseState.OPEN
        and case.outcome is not None
        and case.resolution == Resolution.NONE
    )


def _pieces(case: Case) -> dict[str, int]:
    lines = (case.chosen or {}).get("lines", [])
    return {line["id"]: line["quantity"] for line in lines}


def _settles(case: Case) -> bool:
    """Done, or chosen and on its way: either way these pieces are spoken for."""
    if case.chosen is None or case.state == CaseState.HANDED_OVER:
        return False
    if case.kind in (CaseKind.CANCEL, CaseKind.CHANGE, CaseKind.BILLING):
        return False  # the shop's own state of the order shows these
    return case.chosen["remedy"]["resolution"] in _SETTLES and case.resolution != Resolution.NONE


def _settled(cases: Sequence[Case]) -> dict[str, int]:
    pieces: Counter[str] = Counter()
    for case in cases:
        pieces.update(_pieces(case))
    return dict(pieces)


def _is_under_way(case: Case, situation: Situation) -> bool:
    """Somebody has this very matter on the table, or our own doing of it was cut short."""
    request = situation.request
    if case.line_id != request.line_id:
        return False
    cut_short = case.state == CaseState.OPEN and case.chosen is not None and case.outcome is None
    if case.state == CaseState.WAITING_APPROVAL or cut_short:
        return True
    return (
        case.state == CaseState.HANDED_OVER and case.kind == request.kind and not request.by_staff
    )


def _last(cases: Iterable[Case]) -> str:
    number = ""
    for case in cases:
        number = case.number
    return number


def _goodwill_this_year(session: Session, situation: Situation, currency: str) -> Decimal:
    worth = session.connection().scalar(
        _GOODWILL,
        {
            "customer": situation.request.customer_id,
            "currency": currency,
            "since": situation.now - _BUDGET_YEAR,
        },
    )
    return Decimal(worth or 0)


def _is_recalled(session: Session, situation: Situation) -> bool:
    """Told of this order, or of the product wherever it was bought."""
    request, line = situation.request, situation.line
    if line is None:
        return False
    told = session.connection().execute(_RECALLS, {"customer": request.customer_id})
    return any(
        (about or {}).get("product") == line.variant.product
        and number in (None, request.order_number)
        for about, number in told
    )


def _had_goodwill(session: Session, cases: Sequence[Case], kind: CaseKind) -> bool:
    ids = [case.id for case in cases if case.kind == kind]
    return bool(ids) and (
        session.scalar(select(Goodwill.id).where(Goodwill.case_id.in_(ids)).limit(1)) is not None
    )
