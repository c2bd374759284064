"""The bot's first line after a person: it says what was decided, and goes on from there.

What is to be said is noted with the hand-back, so a crash loses none of it; the assistant is
told with a key, so it is said once. Whoever takes charge of the customer before that, in whichever
conversation, has this one too, and nothing is said.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from careline.conversation import lines, messages
from careline.conversation.ports import Answer, Question
from careline.journey.models import Conversation
from careline.journey.words import Author, Delivery, Mode

INTENT = "handed_back"  # in domain.yml; told by us, never read from words


def is_due(conversation: Conversation, now: datetime) -> bool:
    at = conversation.handback_at
    return conversation.mode == Mode.BOT and at is not None and at <= now


def question(conversation: Conversation, now: datetime, try_again_after: timedelta) -> Question:
    """What the assistant is told; noted as tried, in case we do not live to hear the answer."""
    told = dict(conversation.handback or {})
    conversation.handback = {**told, "tries": told.get("tries", 0) + 1}
    conversation.handback_at = now + try_again_after
    return Question(
        conversation_id=conversation.id,
        message_id=told["key"],
        text="",
        happened=INTENT,
        metadata={name: told[name] for name in ("outcome", "words", "by")},
    )


def finish(session: Session, now: datetime, asked: Question, answer: Answer) -> bool:
    """Say it, unless a person has stepped in again; True if a message waits behind it."""
    conversation = _left(session, asked)
    if _is_still_to_be_said(conversation, asked):
        for place, reply in enumerate(answer.replies, start=1):
            messages.add(
                session,
                now,
                conversation,
                direction="out",
                author=Author.BOT,
                provider_id=f"{asked.message_id}:{place}",
                text=reply.text,
                buttons=list(reply.buttons),
                card=reply.card,
                delivery=Delivery.SENT,
            )
        conversation.handback = conversation.handback_at = None
    return messages.any_unfinished(session, conversation.id)


def fail(
    session: Session, now: datetime, asked: Question, *, retry_after: timedelta, give_up_after: int
) -> bool:
    """Later once more; tried often enough, the customer hears it from us, in plain words."""
    conversation = _left(session, asked)
    if not _is_still_to_be_said(conversation, asked):
        return messages.any_unfinished(session, conversation.id)
    told = conversation.handback or {}
    if told["tries"] < give_up_after:
        conversation.handback_at = now + retry_after * told["tries"]
        return False
    position = messages.last_position(session, conversation.id)
    messages.say(
        session,
        now,
        conversation,
        key=f"{asked.message_id}:plain",
        text=lines.handed_back(told["by"], told["words"], position),
    )
    conversation.handback = conversation.handback_at = None
    return messages.any_unfinished(session, conversation.id)


def _left(session: Session, asked: Question) -> Conversation:
    conversation = messages.lock(session, asked.conversation_id)
    conversation.claimed_by = conversation.claimed_until = None
    return conversation


def _is_still_to_be_said(conversation: Conversation, asked: Question) -> bool:
    told = conversation.handback
    return conversation.mode == Mode.BOT and told is not None and told["key"] == asked.message_id
