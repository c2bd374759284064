"""End conversations that have fallen silent, with a touchpoint that sums them up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Case, Conversation, Message
from careline.journey.words import Actor, Mode, Stage

CLOSED_AT_ONCE = 50
SILENT_FOR = timedelta(hours=12)  # after that a customer who writes begins something new


def close_silent(session: Session, now: datetime, limit: int = CLOSED_AT_ONCE) -> int:
    """Close the bot's conversations in which nobody wrote for long; how many there were."""
    silent = session.scalars(
        select(Conversation)
        .where(Conversation.mode == Mode.BOT, Conversation.last_message_at < now - SILENT_FOR)
        .limit(limit)
    ).all()
    for conversation in silent:
        _close(session, now, conversation)
    return len(silent)


def _close(session: Session, now: datetime, conversation: Conversation) -> None:
    ended = conversation.last_message_at or now
    conversation.mode = Mode.CLOSED
    conversation.closed_at = now
    conversation.updated_at = now
    said = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.direction == "in")
        .order_by(Message.position)
    ).all()
    cases = session.scalars(select(Case).where(Case.conversation_id == conversation.id)).all()
    touchpoints.record(
        session,
        now,
        at=ended,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        kind="conversation.ended",
        stage=Stage.SERVICE,
        actor=Actor.CUSTOMER,
        channel=conversation.channel,
        summary=_summary(said, cases),
        emotion=said[-1].emotion if said else None,
        effort=len(said),
        about={"cases": [case.number for case in cases]},
        source_id=f"{conversation.id}:ended:{ended:%Y%m%d%H%M%S%f}",
    )


def _summary(said: Sequence[Message], cases: Sequence[Case]) -> str:
    asked = [message.intent.replace("_", " ") for message in said if message.intent]
    topics = ", ".join(dict.fromkeys(asked[:5])) or "no request"
    done = ", ".join(f"{c.number} {c.resolution or c.state}".replace("_", " ") for c in cases)
    return f"Asked: {topics}. Done: {done or 'answered'}."[:500]
