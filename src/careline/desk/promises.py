"""What was promised to customers and is due: seen a day before, so that it can still be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from careline.conversation.lines import promise_words
from careline.conversation.staff.colleagues import colleague
from careline.journey import audit
from careline.journey.models import Case, Customer, Promise, Staff
from careline.kit.zones import zone_of
from careline.service import promises

SEEN_BEFORE = timedelta(days=1)
BROKEN_SHOWN_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Promised:
    id: str
    customer_id: str
    customer_name: str
    what: str  # in words
    words: str  # of the reply in which a person promised it
    due_on: date  # where the customer is
    days_left: int  # 0 today, 1 tomorrow, below 0 past
    state: str  # open | kept | broken
    case_number: str | None
    conversation_id: str | None
    said_by: str  # a name, or "The assistant"


def due_soon(session: Session, now: datetime, limit: int = 200) -> Sequence[Promised]:
    """Open ones due by tomorrow, then those broken lately; the most urgent first."""
    tomorrow = (now + SEEN_BEFORE + timedelta(days=1)).date()  # zones ahead of ours included
    wanted = or_(
        (Promise.state == "open") & (Promise.due_on <= tomorrow),
        (Promise.state == "broken") & (Promise.updated_at > now - BROKEN_SHOWN_FOR),
    )
    found = _promised(session, now, wanted, limit)
    return [each for each in found if each.state == "broken" or each.days_left <= 1]


def of_customer(session: Session, now: datetime, customer_id: str) -> Sequence[Promised]:
    """All of one customer's, the next one due first."""
    return _promised(session, now, Promise.customer_id == customer_id, 200)


def mark_kept(session: Session, now: datetime, promise_id: str, staff_id: str) -> Promise:
    """For what no event can tell, such as a call. Raises NotFound."""
    who = colleague(session, staff_id)
    promise = promises.mark_kept(session, now, promise_id)
    audit.note_by(
        session,
        now,
        who,
        "promise.kept",
        subject=promise.customer_id,
        details={"promise": promise.id},
    )
    return promise


def _promised(
    session: Session, now: datetime, wanted: ColumnElement[bool], limit: int
) -> list[Promised]:
    rows = session.execute(
        select(Promise, Customer, Case, Staff.name)
        .join(Customer, Customer.id == Promise.customer_id)
        .outerjoin(Case, Case.id == Promise.case_id)
        .outerjoin(Staff, Staff.id == Promise.staff_id)
        .where(wanted)
        .order_by(Promise.state.desc(), Promise.due_on, Promise.id)
        .limit(limit)
    )
    return [
        Promised(
            id=promise.id,
            customer_id=customer.id,
            customer_name=customer.name,
            what=promise_words(promise.what),
            words=promise.words or "",
            due_on=promise.due_on,
            days_left=(promise.due_on - now.astimezone(zone_of(customer.time_zone)).date()).days,
            state=promise.state,
            case_number=case.number if case else None,
            conversation_id=promise.conversation_id or (case.conversation_id if case else None),
            said_by=name or "The assistant",
        )
        for promise, customer, case, name in rows
    ]
