"""Read the record: timelines by page, customers by search, cases and conversations."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from careline.journey.feelings import valence
from careline.journey.message_words import look_for
from careline.journey.models import (
    Case,
    Conversation,
    Customer,
    Identity,
    Message,
    Promise,
    Touchpoint,
)
from careline.kit.errors import NotFound

PAGE = 200
CURVE_POINTS = 400


@dataclass(frozen=True)
class TimelinePage:
    touchpoints: Sequence[Touchpoint]  # newest first
    before: str | None  # give this to get the page before; None: this one reaches the beginning
    upto: datetime | None = None  # when the page after it begins; None: this is the latest

    @property
    def since(self) -> datetime | None:
        return self.touchpoints[-1].at if self.before is not None else None


@dataclass(frozen=True)
class Feeling:
    at: datetime
    value: int  # -3 to 3
    emotion: str
    source: str  # id of the message or touchpoint that told it


def timeline(
    session: Session, customer_id: str, *, before: str | None = None, limit: int = PAGE
) -> TimelinePage:
    """The latest touchpoints, or those before the one with the id `before`."""
    wanted = select(Touchpoint).where(Touchpoint.customer_id == customer_id)
    upto = None
    if before is not None:
        mark = session.get(Touchpoint, before)
        if mark is None or mark.customer_id != customer_id:
            raise NotFound("There is no such touchpoint in this journey.", field="before")
        upto = mark.at
        wanted = wanted.where(
            or_(Touchpoint.at < mark.at, and_(Touchpoint.at == mark.at, Touchpoint.id < mark.id))
        )
    newest_first = wanted.order_by(Touchpoint.at.desc(), Touchpoint.id.desc())
    found = session.scalars(newest_first.limit(limit + 1)).all()
    page = found[:limit]
    return TimelinePage(page, page[-1].id if len(found) > limit else None, upto)


def feelings(session: Session, customer_id: str, limit: int = CURVE_POINTS) -> list[Feeling]:
    """How the customer felt, oldest first: from their messages and from other touchpoints."""
    said = session.execute(
        select(Message.created_at, Message.emotion, Message.id)
        .join(Conversation)
        .where(Conversation.customer_id == customer_id, Message.direction == "in")
        .where(Message.emotion.is_not(None))
        .order_by(Message.created_at.desc())
        .limit(limit)
    )
    # A conversation's own touchpoints sum up its messages, which are there already.
    noted = session.execute(
        select(Touchpoint.at, Touchpoint.emotion, Touchpoint.id)
        .where(Touchpoint.customer_id == customer_id, Touchpoint.emotion.is_not(None))
        .where(Touchpoint.conversation_id.is_(None))
        .order_by(Touchpoint.at.desc())
        .limit(limit)
    )
    points = [
        Feeling(at, valence(emotion), emotion, source) for at, emotion, source in said if emotion
    ]
    points += [
        Feeling(at, valence(emotion), emotion, source) for at, emotion, source in noted if emotion
    ]
    return sorted(points, key=lambda point: point.at)[-limit:]


def search_customers(
    session: Session, query: str, limit: int = 50, also: Collection[str] = ()
) -> Sequence[Customer]:
    """By a part of the name, an address, our id, or an order's number.

    `also`: ids that somebody else (the shop) found for the same query.
    """
    query = query.strip()
    if not query:
        known = select(Customer).where(Customer.is_visitor.is_(False))
        return session.scalars(known.order_by(Customer.updated_at.desc()).limit(limit)).all()
    part = f"%{_escaped(query.lower())}%"
    by_address = select(Identity.customer_id).where(
        or_(func.lower(Identity.address).like(part, escape="\\"), Identity.address == query)
    )
    by_order = select(Touchpoint.customer_id).where(Touchpoint.order_number == query.lstrip("#"))
    found = select(Customer).where(
        or_(
            Customer.id == query,
            func.lower(Customer.name).like(part, escape="\\"),
            # SQLite's lower() knows ASCII only: for "Åsa" the name as written counts too.
            Customer.name.contains(query, autoescape=True),
            Customer.name.contains(query.title(), autoescape=True),
            Customer.id.in_(by_address),
            Customer.id.in_(by_order),
            Customer.id.in_(also),
        )
    )
    return session.scalars(found.order_by(Customer.name, Customer.id).limit(limit)).all()


def cases(
    session: Session, *, customer_id: str | None = None, state: str | None = None, limit: int = 50
) -> Sequence[Case]:
    """Newest first."""
    wanted = select(Case).order_by(Case.opened_at.desc(), Case.id.desc()).limit(limit)
    if customer_id is not None:
        wanted = wanted.where(Case.customer_id == customer_id)
    if state is not None:
        wanted = wanted.where(Case.state == state)
    return session.scalars(wanted).all()


def case_by_number(session: Session, number: str) -> Case:
    case = session.scalar(select(Case).where(Case.number == number.strip().upper()))
    if case is None:
        raise NotFound(f"There is no case {number}.")
    return case


def promises(session: Session, case_id: str) -> Sequence[Promise]:
    return session.scalars(
        select(Promise).where(Promise.case_id == case_id).order_by(Promise.due_on, Promise.id)
    ).all()


def conversation(session: Session, conversation_id: str) -> Conversation:
    found = session.get(Conversation, conversation_id)
    if found is None:
        raise NotFound("There is no such conversation.")
    return found


def conversations(session: Session, customer_id: str, limit: int = 50) -> Sequence[Conversation]:
    """Newest first."""
    return session.scalars(
        select(Conversation)
        .where(Conversation.customer_id == customer_id)
        .order_by(Conversation.created_at.desc(), Conversation.id.desc())
        .limit(limit)
    ).all()


def messages(session: Session, conversation_id: str) -> Sequence[Message]:
    """The whole conversation, oldest first."""
    return session.scalars(
        select(Message).where(Message.conversation_id == conversation_id).order_by(Message.position)
    ).all()


def search_messages(session: Session, words: str, limit: int = 50) -> Sequence[Message]:
    """Messages that hold all these words, newest first; the last may be a beginning."""
    found = look_for(session, words, Message)
    return session.scalars(found.limit(limit)).all() if found is not None else []


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
