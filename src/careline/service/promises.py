"""What was said to a customer with a date, so that it is kept or they hear from us first."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey.models import Case, Conversation, Promise
from careline.journey.words import CaseState, Resolution
from careline.kit.errors import NotFound
from careline.kit.ids import new_id

ANSWER_GIVEN = "answer_given"
REFUND_PAID = "refund_paid"
REFUND_AFTER_RETURN = "refund_after_return"
TRACE_ANSWERED = "trace_answered"

_WHAT = {
    Resolution.REFUND: REFUND_PAID,
    Resolution.KEEP_ITEM: REFUND_PAID,
    Resolution.REPLACEMENT: "replacement_delivered",
    Resolution.EXCHANGE: "exchange_delivered",
    Resolution.REPAIR: "repair_done",
    Resolution.HANDED_OVER: ANSWER_GIVEN,
}


def kind_of(resolution: Resolution) -> str | None:
    """What is promised with a resolution; some, such as a gift, are there at once."""
    return _WHAT.get(resolution)


def promise(
    session: Session, now: datetime, case: Case, *, what: str, due_on: date, reference: str | None
) -> Promise:
    """Write a promise down; the same one for the same case is written once."""
    key = f"{case.number}:{what}"
    known = session.scalar(select(Promise).where(Promise.key == key))
    if known is not None:
        return known
    made = Promise(
        id=new_id("prm"),
        key=key,
        customer_id=case.customer_id,
        case_id=case.id,
        what=what,
        due_on=due_on,
        reference=reference,
        created_at=now,
        updated_at=now,
    )
    session.add(made)
    return made


def promise_by_staff(
    session: Session,
    now: datetime,
    conversation: Conversation,
    *,
    key: str,
    staff_id: str,
    what: str,
    due_on: date,
    words: str,
) -> Promise:
    """What a person promised in a reply; kept when they say so, as no event can tell."""
    made = Promise(
        id=new_id("prm"),
        key=key,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        staff_id=staff_id,
        what=what[:80],
        words=words,
        due_on=due_on,
        created_at=now,
        updated_at=now,
    )
    session.add(made)
    return made


def mark_kept(session: Session, now: datetime, promise_id: str) -> Promise:
    """A person says that it was kept; one that was broken stays broken. Raises NotFound."""
    promise = session.get(Promise, promise_id, with_for_update=True)
    if promise is None:
        raise NotFound("There is no such promise.")
    if promise.state == "open":
        promise.state, promise.updated_at = "kept", now
    return promise


def keep(session: Session, now: datetime, *, reference: str) -> int:
    """Mark open promises about this refund, return or order as kept; how many there were."""
    return _end(session, now, reference, "kept")


def withdraw(session: Session, now: datetime, case: Case, what: str) -> None:
    """A promise that another one takes the place of."""
    known = session.scalar(select(Promise).where(Promise.key == f"{case.number}:{what}"))
    if known is not None and known.state == "open":
        known.state, known.updated_at = "kept", now


def answer_given(session: Session, now: datetime, conversation_ids: Sequence[str]) -> None:
    """A person has answered there: "you hear from us by …" is kept, but where a lead has yet to
    decide, for then the answer is still to come."""
    cases = session.scalars(
        select(Case).where(
            Case.conversation_id.in_(conversation_ids), Case.state != CaseState.WAITING_APPROVAL
        )
    ).all()
    for case in cases:
        withdraw(session, now, case, ANSWER_GIVEN)


def overdue(session: Session, today: date) -> list[Promise]:
    """Open promises whose day has passed: the customer hears from us before they ask."""
    query = select(Promise).where(Promise.state == "open", Promise.due_on < today)
    return list(session.scalars(query.order_by(Promise.due_on, Promise.id)))


def _end(session: Session, now: datetime, reference: str, state: str) -> int:
    query = select(Promise).where(Promise.reference == reference, Promise.state == "open")
    found = session.scalars(query).all()
    for made in found:
        made.state, made.updated_at = state, now
    return len(found)


def latest_in(session: Session, conversation_id: str) -> tuple[Promise, str] | None:
    """The newest open one of what was settled in this conversation, and its case's number."""
    found = session.execute(
        select(Promise, Case.number)
        .join(Case, Case.id == Promise.case_id)
        .where(Case.conversation_id == conversation_id, Promise.state == "open")
        .order_by(Promise.created_at.desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else None
