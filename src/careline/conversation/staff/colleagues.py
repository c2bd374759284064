"""Who does something at the desk, and the note of it in the audit and in the journey."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from careline.conversation.staff.errors import AtCapacity
from careline.journey import audit, touchpoints
from careline.journey.models import Conversation, Staff
from careline.journey.words import Actor, Mode, Role, Stage
from careline.kit.errors import Invalid, NotFound

TALK_WITH_CUSTOMERS = (Role.STAFF, Role.LEAD, Role.ADMIN)


def colleague(session: Session, staff_id: str) -> Staff:
    """Raises NotFound for somebody who does not work here (any more)."""
    found = session.get(Staff, staff_id)
    if found is None or not found.active:
        raise NotFound("There is no such colleague.", field="staff")
    return found


def receiver(session: Session, staff_id: str) -> Staff:
    """A colleague to whom a conversation can be given. Raises NotFound, Invalid."""
    found = colleague(session, staff_id)
    if found.role not in TALK_WITH_CUSTOMERS:
        raise Invalid(
            f"{found.name} does not talk with customers; choose somebody who does.",
            field="to_staff",
        )
    return found


def name_of(session: Session, staff_id: str | None) -> str:
    found = session.get(Staff, staff_id) if staff_id else None
    return found.name if found else "A colleague"


def held_by(session: Session, staff_id: str) -> int:
    """How many customers' conversations this person has in hand; those put aside do not count."""
    return held_by_each(session, [staff_id]).get(staff_id, 0)


def held_by_each(session: Session, staff_ids: Sequence[str]) -> dict[str, int]:
    """The same of several; who has none is not in it."""
    rows = session.execute(
        select(Conversation.holder, func.count())
        .where(
            Conversation.holder.in_(staff_ids),
            Conversation.mode == Mode.PERSON,
            Conversation.joined_to.is_(None),
            Conversation.snoozed.is_(None),
        )
        .group_by(Conversation.holder)
    )
    return {holder: count for holder, count in rows if holder is not None}


def over_capacity(session: Session, staff_id: str) -> str:
    """What to tell whoever gave this person more than they have agreed to; "" if it is not so."""
    who = colleague(session, staff_id)
    held = held_by(session, who.id)
    if who.capacity is None or held <= who.capacity:
        return ""
    return f"{who.name} now has {held} conversations in hand; the limit is {who.capacity}."


def check_capacity(session: Session, who: Staff) -> None:
    """Raises AtCapacity. A capacity of none is no limit."""
    if who.capacity is not None and held_by(session, who.id) >= who.capacity:
        raise AtCapacity(
            f"{who.name} has {who.capacity} conversations in hand, which is the limit; "
            "hand one back, resolve or snooze one first."
        )


def note_done(
    session: Session,
    now: datetime,
    who: Staff,
    conversation: Conversation,
    did: str,
    summary: str,
    *,
    key: str = "",
    **about: Any,
) -> None:
    """In the audit, and as a line of the customer's journey (`did` is its kind)."""
    audit.note_by(
        session,
        now,
        who,
        did,
        subject=conversation.customer_id,
        details={"conversation": conversation.id, **about},
    )
    touchpoints.record(
        session,
        now,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        kind=did,
        stage=Stage.SERVICE,
        actor=Actor.STAFF,
        channel=conversation.channel,
        summary=summary,
        about={"staff": who.id, **about},
        source_id=f"{conversation.id}:{did}:{key or now.strftime('%Y%m%d%H%M%S%f')}",
    )
