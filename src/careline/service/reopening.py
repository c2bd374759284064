"""A case that was put right and was not: the customer is back with it.

What they tell us now is a case of its own; the first one counts that it had to be opened again,
and the journey says so.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from careline.journey.models import Case
from careline.journey.words import Actor, CaseKind, CaseState
from careline.service.cases import note

OURS = (CaseKind.WRONG_ITEM, CaseKind.FAULTY, CaseKind.MISSING, CaseKind.DELIVERY)
# Two of one order that arrive broken are told of within hours: that is not the same one again.
NOT_BEFORE, NOT_AFTER = timedelta(hours=12), timedelta(days=60)

_SAME_ORDER = Case.order_number == bindparam("order")
_PUT_RIGHT = {  # by whether the case is about a line, or about the whole order
    of_a_line: select(Case)
    .where(
        Case.customer_id == bindparam("customer"),
        Case.id != bindparam("case"),
        Case.kind.in_(OURS),
        Case.state == CaseState.RESOLVED,
        Case.resolved_at.between(bindparam("not_after"), bindparam("not_before")),
        or_(same, Case.shop_reference == bindparam("order")),
    )
    .order_by(Case.resolved_at.desc(), Case.number.desc())
    .limit(1)
    for of_a_line, same in (
        (False, _SAME_ORDER),
        (True, and_(_SAME_ORDER, or_(Case.line_id == bindparam("line"), Case.line_id.is_(None)))),
    )
}


def note_if_back(session: Session, now: datetime, case: Case, *, channel: str) -> None:
    """A touchpoint when `case`, just opened, is about what an earlier one was to put right."""
    if case.kind not in OURS or case.order_number is None:
        return
    first = _put_right_before(session, now, case, case.order_number)
    if first is None:
        return
    first.reopened, first.updated_at = first.reopened + 1, now
    note(
        session,
        now,
        case,
        kind="case.reopened",
        channel=channel,
        actor=Actor.CUSTOMER,
        reopens=first.number,
        summary=f"Case {first.number} was not put right: they are back with {case.number}",
    )


def _put_right_before(session: Session, now: datetime, case: Case, order: str) -> Case | None:
    """The same line of the order, or the order that was sent to put it right."""
    return session.scalar(
        _PUT_RIGHT[case.line_id is not None],
        {
            "customer": case.customer_id,
            "case": case.id,
            "order": order,
            "line": case.line_id,
            "not_after": now - NOT_AFTER,
            "not_before": now - NOT_BEFORE,
        },
    )
