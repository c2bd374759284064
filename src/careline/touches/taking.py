"""Read the touches that are due or being sent, and hold them against other workers.

Everything is locked in one order: conversations, customers, touches, each by id.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from careline.journey.models import Conversation, Customer, Touch
from careline.journey.words import Channel, TouchState
from careline.kit.many import any_of
from careline.touches.decision import Decision

# As the index has it, word for word: only then do the databases use it.
LOOKED_AT = text("state IN ('planned', 'sending')")


def due_touches(session: Session, now: datetime, customer_ids: Sequence[str]) -> list[Touch]:
    return list(
        session.scalars(
            select(Touch)
            .where(any_of(Touch.customer_id, customer_ids), LOOKED_AT, Touch.due_at <= now)
            .order_by(Touch.customer_id, Touch.id)
        )
    )


def being_sent(session: Session, ids: Sequence[str]) -> list[Touch]:
    return list(
        session.scalars(
            select(Touch).where(any_of(Touch.id, ids), Touch.state == TouchState.SENDING)
        )
    )


def as_they_were(
    session: Session, decided: Sequence[tuple[Touch, Decision]]
) -> list[tuple[Touch, Decision]]:
    """Those that nobody else took, moved or ended since they were read; held until the end."""
    by_id = {touch.id: (touch, decision) for touch, decision in decided}
    rows = session.execute(
        select(Touch.id, Touch.state, Touch.due_at)
        .where(any_of(Touch.id, by_id))
        .order_by(Touch.id)
        .with_for_update(skip_locked=True)
    )
    same = {
        touch_id
        for touch_id, state, due_at in rows
        if (state, due_at) == (by_id[touch_id][0].state, by_id[touch_id][0].due_at)
    }
    return [pair for touch_id, pair in by_id.items() if touch_id in same]


def locked(session: Session, touches: Sequence[Touch]) -> tuple[dict[str, Customer], list[Touch]]:
    """Conversations, customers, touches, each in one order: as turns and settlements take them.

    Whoever else decides about a customer waits here. A touch that was given to another customer
    since it was read is left out: its lease ends.
    """
    # By value: of a subquery PostgreSQL makes a join with the whole table while that is small.
    theirs = sorted({touch.customer_id for touch in touches})
    session.execute(
        select(Conversation.id)
        .where(any_of(Conversation.customer_id, theirs), Conversation.channel == Channel.WEB)
        .order_by(Conversation.id)
        .with_for_update()
    )
    customers = session.scalars(
        select(Customer)
        .where(any_of(Customer.id, theirs))
        .order_by(Customer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    by_id = {customer.id: customer for customer in customers}
    held = session.scalars(
        select(Touch)
        .where(any_of(Touch.id, [touch.id for touch in touches]), Touch.state == TouchState.SENDING)
        .order_by(Touch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return by_id, [touch for touch in held if touch.customer_id in by_id]
