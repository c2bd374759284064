"""What was said to a customer with a date, so that it is kept or they hear from us first."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from careline.journey.models import Case, Conversation, Promise
from careline.journey.words import CaseState, Resolution
from careline.kit.errors import Invalid, NotFound
from careline.kit.ids import new_id
from careline.kit.rows import insert_now

WITHDRAWN = "withdrawn"  # a state: it was no promise
REPLACED = "replaced"  # a state: a newer word counts

ANSWER_GIVEN = "answer_given"
REFUND_PAID = "refund_paid"
REFUND_AFTER_RETURN = "refund_after_return"
TRACE_ANSWERED = "trace_answered"
REPLACEMENT = "replacement_delivered"
EXCHANGE = "exchange_delivered"
REPAIR_DONE = "repair_done"
# Said by people only; how a customer calls each is in conversation.lines.
CALL_MADE = "call_made"
PARCEL_SENT = "parcel_sent"
PARCEL_DELIVERED = "parcel_delivered"
MESSAGE_SENT = "message_sent"
LABEL_SENT = "label_sent"
CREDIT_GIVEN = "credit_given"
COLLECTED = "collected"
STOCK_BACK = "stock_back"
DONE = "done"  # what fits none of these
MONEY = frozenset({REFUND_PAID, REFUND_AFTER_RETURN})
GOODS = frozenset({REPLACEMENT, EXCHANGE, PARCEL_SENT, PARCEL_DELIVERED})
# Two of these in one conversation may be two things; of the others, the newest word counts.
_MAY_BE_ANOTHER = frozenset({MESSAGE_SENT, DONE})
SAME_BREATH = timedelta(minutes=15)  # who says "I come back to you" and adds a word has not yet

_WHAT = {
    Resolution.REFUND: REFUND_PAID,
    Resolution.KEEP_ITEM: REFUND_PAID,
    Resolution.REPLACEMENT: REPLACEMENT,
    Resolution.EXCHANGE: EXCHANGE,
    Resolution.REPAIR: REPAIR_DONE,
    Resolution.HANDED_OVER: ANSWER_GIVEN,
}

_BY_KEY = select(Promise).where(Promise.key == bindparam("key"))


def kind_of(resolution: Resolution) -> str | None:
    """What is promised with a resolution; some, such as a gift, are there at once."""
    return _WHAT.get(resolution)


def promise(
    session: Session, now: datetime, case: Case, *, what: str, due_on: date, reference: str | None
) -> Promise:
    """Write a promise down; the same one for the same case is written once."""
    key = f"{case.number}:{what}"
    known = session.scalar(_BY_KEY, {"key": key})
    if known is not None:
        return known
    return insert_now(
        session,
        Promise,
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


def promise_by_staff(
    session: Session,
    now: datetime,
    conversation: Conversation,
    *,
    key: str,
    message_key: str,
    staff_id: str,
    what: str,
    due_on: date,
    words: str,
) -> Promise:
    """What a person promised in a message.

    The newest word counts: it takes the place of an open promise of the same thing in the same
    conversation, and whatever keeps that one keeps this one. What no event can tell is kept when
    somebody says so.
    """
    former = _same_thing(session, conversation, what, message_key)
    made = Promise(
        id=new_id("prm"),
        key=key,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        staff_id=staff_id,
        case_id=former.case_id if former else None,
        reference=former.reference if former else None,
        what=former.what if former else what,
        words=words,
        due_on=due_on,
        created_at=now,
        updated_at=now,
    )
    session.add(made)
    if former is not None:
        former.state, former.updated_at = REPLACED, now
    return made


def _same_thing(
    session: Session, conversation: Conversation, what: str, message_key: str
) -> Promise | None:
    """The one open promise of it there, not of this message; none if there are several."""
    if what in _MAY_BE_ANOTHER:
        return None
    cases = select(Case.id).where(Case.conversation_id == conversation.id)
    found = session.scalars(
        select(Promise).where(
            Promise.customer_id == conversation.customer_id,
            Promise.state == "open",
            Promise.what.in_(MONEY if what in MONEY else {what}),
            or_(Promise.conversation_id == conversation.id, Promise.case_id.in_(cases)),
            ~Promise.key.startswith(message_key, autoescape=True),
        )
    ).all()
    return found[0] if len(found) == 1 else None


def was_none(session: Session, now: datetime, promise_id: str) -> Promise:
    """A person says that it was no promise; one whose place it took holds again.

    Only what a person's words were read as: what the assistant said was meant. Raises NotFound,
    Invalid.
    """
    promise = session.get(Promise, promise_id, with_for_update=True)
    if promise is None:
        raise NotFound("There is no such promise.")
    if promise.staff_id is None:
        raise Invalid("The assistant promised it: it has to be kept, or told.")
    if promise.state != "open":
        return promise
    promise.state = WITHDRAWN
    former = session.scalars(
        select(Promise).where(
            Promise.customer_id == promise.customer_id,
            Promise.state == REPLACED,
            Promise.what == promise.what,
            Promise.updated_at == promise.created_at,
        )
    ).first()
    promise.updated_at = now
    if former is not None:
        former.state, former.updated_at = "open", now
    return promise


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
    """A promise of the case that another one takes the place of, whoever said it last."""
    known = session.scalars(
        select(Promise).where(
            Promise.case_id == case.id, Promise.what == what, Promise.state == "open"
        )
    )
    for promise in known:
        promise.state, promise.updated_at = "kept", now


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
    said = session.scalars(
        select(Promise).where(
            Promise.conversation_id.in_(conversation_ids),
            Promise.staff_id.is_not(None),
            Promise.case_id.is_(None),
            Promise.what == ANSWER_GIVEN,
            Promise.state == "open",
            Promise.created_at < now - SAME_BREATH,
        )
    )
    for promise in said:
        promise.state, promise.updated_at = "kept", now


def keep_said(
    session: Session,
    now: datetime,
    customer_id: str,
    what: Collection[str],
    *,
    order: str | None,
    at: datetime,
) -> None:
    """The shop tells of money or goods: what people promised of it without a reference is kept.

    Not if the conversation is about other orders only; goods that make good come as an order of
    their own.
    """
    said = session.scalars(
        select(Promise).where(
            Promise.customer_id == customer_id,
            Promise.staff_id.is_not(None),
            Promise.reference.is_(None),
            Promise.state == "open",
            Promise.what.in_(what),
            Promise.created_at <= at,
        )
    ).all()
    for promise in said:
        others = session.scalars(
            select(Case.order_number).where(
                Case.conversation_id == promise.conversation_id, Case.order_number.is_not(None)
            )
        ).all()
        if not others or order in others or promise.what in (REPLACEMENT, EXCHANGE):
            promise.state, promise.updated_at = "kept", now


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
