"""End conversations that have fallen silent, with a touchpoint that sums them up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Case, Conversation, Message, Touchpoint
from careline.journey.mood import Mood, Turn, mood_over
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
        close(session, now, conversation)
    return len(silent)


def close(session: Session, now: datetime, conversation: Conversation) -> None:
    """It is at its end; a touchpoint sums it up. Who writes again begins something new.

    Where the customer has said nothing since it last ended (we wrote unasked), nothing is new.
    """
    ended = conversation.last_message_at or now
    conversation.mode = Mode.CLOSED
    conversation.closed_at = now
    conversation.updated_at = now
    said = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.direction == "in")
        .order_by(Message.position)
    ).all()
    if not _any_since_the_last_end(session, conversation.id, said):
        return
    cases = session.scalars(select(Case).where(Case.conversation_id == conversation.id)).all()
    mood = mood_over([message.emotion for message in said if message.emotion])
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
        summary=_summary(said, cases, mood),
        emotion=mood.now if said else None,
        effort=len(said),
        about={"cases": [case.number for case in cases], "feeling": mood.turn},
        source_id=f"{conversation.id}:ended:{ended:%Y%m%d%H%M%S%f}",
    )


def _any_since_the_last_end(
    session: Session, conversation_id: str, said: Sequence[Message]
) -> bool:
    ended = session.scalar(
        select(func.max(Touchpoint.at)).where(
            Touchpoint.conversation_id == conversation_id, Touchpoint.kind == "conversation.ended"
        )
    )
    return bool(said) and (ended is None or said[-1].created_at > ended)


def _summary(said: Sequence[Message], cases: Sequence[Case], mood: Mood) -> str:
    asked = [message.intent.replace("_", " ") for message in said if message.intent]
    topics = ", ".join(dict.fromkeys(asked[:5])) or "no request"
    done = ", ".join(f"{c.number} {c.resolution or c.state}".replace("_", " ") for c in cases)
    felt = f" Felt: {mood.in_words()}." if mood.turn is not Turn.STEADY else ""
    return f"Asked: {topics}. Done: {done or 'answered'}."[:460] + felt
