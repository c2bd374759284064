"""Write to a customer who has not asked: into their web conversation, where they find it.

The conversation goes on from there. Nothing is written where a person has it or is awaited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, select, update
from sqlalchemy.orm import Session

from careline.conversation import messages
from careline.conversation.charge import person_in_charge
from careline.conversation.start import start_conversation
from careline.journey.models import Conversation, Feedback, Message, Touch
from careline.journey.words import Author, Channel, Mode, TouchState
from careline.kit.rows import put_now

# An older one lies far up in the customer's page, and no chat token opens it any more.
GOES_ON_FOR = timedelta(days=30)
ANSWERED_WITHIN = timedelta(days=14)  # what they write later is about something else
_WITH_PEOPLE = (Mode.QUEUED, Mode.PERSON)
# Its words stand in the chat, whatever became of the e-mail that was to carry them.
_STANDS = (TouchState.SENT, TouchState.UNKNOWN, TouchState.FAILED)
_UNTOUCHED = ~exists().where(Message.conversation_id == Conversation.id, Message.direction == "in")
_THEIRS = (
    select(Conversation.id)
    .where(
        Conversation.customer_id == bindparam("customer"),
        Conversation.channel == Channel.WEB,
        Conversation.merged_into.is_(None),
        (Conversation.verified_by != "") | _UNTOUCHED,
        Conversation.updated_at >= bindparam("fresh"),
    )
    .order_by(Conversation.last_message_at.desc().nulls_last(), Conversation.id.desc())
    .limit(1)
)


class WithAPerson(Exception):
    """A person has this customer, or they wait for one; nothing was written."""


@dataclass(frozen=True)
class Said:
    conversation_id: str
    message_id: str
    repeated: bool  # it had been written before


def say_unasked(
    session: Session,
    now: datetime,
    *,
    customer_id: str,
    key: str,
    text: str,
    buttons: Sequence[dict[str, str]] = (),
) -> Said:
    """Write it as the bot's message, once for the key. Raises WithAPerson.

    It goes into the latest web conversation that is theirs for certain, and opens it again; else
    into a new one, which only they can come into.
    """
    if person_in_charge(session, customer_id) is not None:
        raise WithAPerson("A person is in charge of this customer.")
    latest = _theirs(session, now, customer_id)
    if latest is None:
        conversation = start_conversation(session, now, customer_id=customer_id)
    else:
        conversation = messages.lock(session, latest)
    if conversation.mode in _WITH_PEOPLE:
        raise WithAPerson("The conversation is with a person, or waits for one.")
    known = messages.find(session, conversation.id, "out", key)
    if known is not None:
        return Said(conversation.id, known.id, repeated=True)
    if conversation.mode == Mode.CLOSED:
        put_now(session, conversation, mode=Mode.BOT.value, closed_at=None)
    said = messages.say(
        session,
        now,
        conversation,
        key=key,
        text=text,
        buttons=buttons,
        author=Author.BOT,
        is_new=True,
    )
    return Said(conversation.id, said.id, repeated=False)


def waiting_for_answer(session: Session, now: datetime, customer_id: str) -> str | None:
    """The conversation that ends with something said unasked: on another device, too, it goes on
    there."""
    latest = session.execute(
        select(Touch.conversation_id, Touch.message_id)
        .where(
            Touch.customer_id == customer_id,
            Touch.state.in_(_STANDS),
            Touch.sent_at >= now - ANSWERED_WITHIN,
            Touch.answered_at.is_(None),
            Touch.conversation_id.is_not(None),
        )
        .order_by(Touch.sent_at.desc())
        .limit(1)
    ).one_or_none()
    if latest is None:
        return None
    conversation_id, message_id = latest
    last = session.scalar(
        select(Message.id)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.position.desc())
        .limit(1)
    )
    return str(conversation_id) if last == message_id else None


def _theirs(session: Session, now: datetime, customer_id: str) -> str | None:
    """Proved by the customer, or opened by us for them and never written in by anybody."""
    return session.scalar(_THEIRS, {"customer": customer_id, "fresh": now - GOES_ON_FOR})


def context_of(session: Session, touch_id: str, last_position: int) -> dict[str, Any]:
    """What a reply to it has to be read with: what it was about, and whether it is done.

    `is_last` tells that nothing was said since, `score` what they gave already.
    """
    touch, position = session.execute(
        select(Touch, Message.position)
        .outerjoin(Message, Message.id == Touch.message_id)
        .where(Touch.id == touch_id)
    ).one()
    answer = session.execute(
        select(Feedback.score).where(Feedback.key == feedback_key(touch_id))
    ).one_or_none()
    return {
        "id": touch.id,
        "playbook": touch.playbook,
        "about": dict(touch.about or {}),
        "sent_at": touch.sent_at.isoformat() if touch.sent_at else None,
        "is_last": position == last_position,
        "is_rated": answer is not None,
        "score": answer.score if answer is not None else None,
        "has_case": touch.caused_case_id is not None,
    }


def feedback_key(touch_id: str) -> str:
    """Under which the answer to a survey is kept: once, whichever way it came."""
    return f"touch:{touch_id}"


def note_answer(session: Session, now: datetime, touch_id: str) -> None:
    """The customer wrote after it: it is answered, and so read."""
    _note(session, Touch.id == touch_id, answered_at=now)
    _note(session, Touch.id == touch_id, read_at=now)


def note_opt_out(session: Session, now: datetime, touch_id: str) -> None:
    """They said no more because of this touch."""
    _note(session, Touch.id == touch_id, opted_out_at=now)


def note_read(session: Session, now: datetime, conversation_id: str, position: int) -> None:
    """The customer has seen the conversation up to there."""
    seen = select(Message.id).where(
        Message.conversation_id == conversation_id,
        Message.position <= position,
        Message.id == Touch.message_id,
    )
    _note(session, Touch.conversation_id == conversation_id, seen.exists(), read_at=now)


def _note(session: Session, *which: ColumnElement[bool], **value: datetime) -> None:
    ((name, at),) = value.items()
    session.execute(
        update(Touch)
        .where(*which, getattr(Touch, name).is_(None))
        .values({name: at})
        .execution_options(synchronize_session=False)
    )
