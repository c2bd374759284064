"""What a customer asked for in an earlier conversation and did not bring to an end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey.models import Case, Conversation, Message
from careline.journey.words import Mode

REMEMBERED_FOR = timedelta(days=7)
_BY_THE_BOT = (Mode.BOT, Mode.CLOSED)


@dataclass(frozen=True)
class Unfinished:
    intent: str
    words: str


def unfinished_request(
    session: Session,
    now: datetime,
    *,
    customer_id: str,
    conversation_id: str,
    requests: frozenset[str],
    ended_by: frozenset[str],
) -> Unfinished | None:
    """The last request of the conversation before this one, if a question was left open in it.

    `requests` are the intents that ask for something, `ended_by` those that let it go. Nothing
    that became a case, or a person's, is unfinished.
    """
    before = session.scalar(
        select(Conversation)
        .where(
            Conversation.customer_id == customer_id,
            Conversation.id != conversation_id,
            Conversation.last_message_at > now - REMEMBERED_FOR,
        )
        .order_by(Conversation.last_message_at.desc())
        .limit(1)
    )
    if before is None or before.mode not in _BY_THE_BOT or before.handover_reason:
        return None
    if session.scalar(select(Case.id).where(Case.conversation_id == before.id).limit(1)):
        return None
    messages = session.scalars(
        select(Message).where(Message.conversation_id == before.id).order_by(Message.position)
    ).all()
    said = [message for message in messages if message.direction == "in"]
    if not said or said[-1].intent in ended_by or not _asks(messages[-1]):
        return None
    return next(
        (Unfinished(m.intent, m.text) for m in reversed(said) if m.intent in requests and m.text),
        None,
    )


def _asks(message: Message) -> bool:
    return message.direction == "out" and (bool(message.buttons) or "?" in message.text)
