"""What was promised to customers and is due: seen a day before, so that it can still be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from careline.conversation.lines import promise_words
from careline.conversation.staff.colleagues import colleague
from careline.desk.queue import place_after
from careline.journey import audit
from careline.journey.models import Case, Customer, Promise, Staff
from careline.kit.zones import zone_of
from careline.service import promises

PAGE = 100
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
    state: str  # as in pages.words.PROMISE_STATES
    case_number: str | None
    conversation_id: str | None
    said_by: str  # a name, or "The assistant"
    may_be_none: bool  # read in a person's words, so a person may say that it was none


@dataclass(frozen=True)
class Page:
    promised: Sequence[Promised]
    after: str | None  # give this to get the next page; None: this is the last


def due_soon(
    session: Session, now: datetime, *, limit: int = PAGE, after: str | None = None
) -> Page:
    """Open ones due by tomorrow, then those broken lately; the most urgent first.

    Raises Invalid for an `after` that no page gave.
    """
    wanted = or_(
        _may_be_due(now),
        (Promise.state == "broken") & (Promise.updated_at > now - BROKEN_SHOWN_FOR),
    )
    begin = place_after(after)
    found = _promised(session, now, wanted, limit + 1, begin)
    shown = [each for each in found[:limit] if each.state == "broken" or each.days_left <= 1]
    return Page(shown, str(begin + limit) if len(found) > limit else None)


def due_mark(session: Session, now: datetime) -> tuple[int, datetime | None]:
    """How many open ones are due by tomorrow, where their customers are, and when the latest of
    them was written or changed."""
    found = session.execute(
        select(Promise.due_on, Customer.time_zone, func.count(), func.max(Promise.updated_at))
        .join(Customer, Customer.id == Promise.customer_id)
        .where(_may_be_due(now))
        .group_by(Promise.due_on, Customer.time_zone)
    )
    due = [(many, at) for due_on, zone, many, at in found if days_left(due_on, zone, now) <= 1]
    return sum(many for many, _ in due), max((at for _, at in due), default=None)


def broken_mark(session: Session, now: datetime) -> datetime | None:
    """When the last promise was broken; None if that is not shown any more."""
    broken = select(func.max(Promise.updated_at)).where(
        Promise.state == "broken", Promise.updated_at > now - BROKEN_SHOWN_FOR
    )
    return session.scalar(broken)


def days_left(due_on: date, zone: str, now: datetime) -> int:
    """0 today, 1 tomorrow, below 0 past: by the customer's own calendar."""
    return (due_on - now.astimezone(zone_of(zone)).date()).days


def _may_be_due(now: datetime) -> ColumnElement[bool]:
    tomorrow = (now + SEEN_BEFORE + timedelta(days=1)).date()  # zones ahead of ours included
    return (Promise.state == "open") & (Promise.due_on <= tomorrow)


def of_customer(session: Session, now: datetime, customer_id: str) -> Sequence[Promised]:
    """All of one customer's, the next one due first."""
    return _promised(session, now, Promise.customer_id == customer_id, 200)


def answers_promised(session: Session, customer_id: str) -> dict[str, date]:
    """By case: the day by which the customer was promised an answer, where it is still to come."""
    found = session.execute(
        select(Promise.case_id, Promise.due_on).where(
            Promise.customer_id == customer_id,
            Promise.state == "open",
            Promise.what == promises.ANSWER_GIVEN,
            Promise.case_id.is_not(None),
        )
    )
    return {case_id: due_on for case_id, due_on in found if case_id}


def mark_kept(session: Session, now: datetime, promise_id: str, staff_id: str) -> Promise:
    """For what no event can tell, such as a call. Raises NotFound."""
    promise = promises.mark_kept(session, now, promise_id)
    return _noted(session, now, "promise.kept", promise, staff_id)


def was_none(session: Session, now: datetime, promise_id: str, staff_id: str) -> Promise:
    """What was read in a colleague's words was no promise. Raises NotFound, Invalid."""
    promise = promises.was_none(session, now, promise_id)
    return _noted(session, now, "promise.withdrawn", promise, staff_id)


def _noted(session: Session, now: datetime, did: str, promise: Promise, staff_id: str) -> Promise:
    who = colleague(session, staff_id)
    details = {"promise": promise.id}
    audit.note_by(session, now, who, did, subject=promise.customer_id, details=details)
    return promise


def _promised(
    session: Session, now: datetime, wanted: ColumnElement[bool], limit: int, begin: int = 0
) -> list[Promised]:
    rows = session.execute(
        select(Promise, Customer, Case, Staff.name)
        .join(Customer, Customer.id == Promise.customer_id)
        .outerjoin(Case, Case.id == Promise.case_id)
        .outerjoin(Staff, Staff.id == Promise.staff_id)
        .where(wanted)
        .order_by(Promise.state.desc(), Promise.due_on, Promise.id)
        .limit(limit)
        .offset(begin)
    )
    return [
        Promised(
            id=promise.id,
            customer_id=customer.id,
            customer_name=customer.name,
            what=promise_words(promise.what),
            words=promise.words or "",
            due_on=promise.due_on,
            days_left=days_left(promise.due_on, customer.time_zone, now),
            state=promise.state,
            case_number=case.number if case else None,
            conversation_id=promise.conversation_id or (case.conversation_id if case else None),
            said_by=name or "The assistant",
            may_be_none=promise.staff_id is not None and promise.state == "open",
        )
        for promise, customer, case, name in rows
    ]
