"""A case that was put right and was not: the customer is back with it.

What they tell us now is a case of its own; the first one counts that it had to be opened again,
and the journey says so.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from careline.journey.models import Case
from careline.journey.words import Actor, CaseKind, CaseState
from careline.service.cases import note

OURS = (CaseKind.WRONG_ITEM, CaseKind.FAULTY, CaseKind.MISSING, CaseKind.DELIVERY)
# Two of one order that arrive broken are told of within hours: that is not the same one again.
NOT_BEFORE, NOT_AFTER = timedelta(hours=12), timedelta(days=60)


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
    same_line = Case.order_number == order
    if case.line_id is not None:
        same_line = and_(same_line, or_(Case.line_id == case.line_id, Case.line_id.is_(None)))
    return session.scalar(
        select(Case)
        .where(
            Case.customer_id == case.customer_id,
            Case.id != case.id,
            Case.kind.in_(OURS),
            Case.state == CaseState.RESOLVED,
            Case.resolved_at.between(now - NOT_AFTER, now - NOT_BEFORE),
            or_(same_line, Case.shop_reference == order),
        )
        .order_by(Case.resolved_at.desc(), Case.number.desc())
        .limit(1)
    )
