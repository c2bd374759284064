"""Write to a customer who has not asked: into their web conversation, where they find it.

The conversation goes on from there. Nothing is written where a person has it or is awaited.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, select, update
from sqlalchemy.orm import Session

from careline.conversation import messages
from careline.conversation.charge import in_charge_of_any
from careline.conversation.start import start_conversations
from careline.journey.models import Conversation, Feedback, Message, Touch
from careline.journey.words import Channel, Mode, TouchState
from careline.kit.many import any_named
from careline.kit.rows import table_of

# An older one lies far up in the customer's page, and no chat token opens it any more.
GOES_ON_FOR = timedelta(days=30)
ANSWERED_WITHIN = timedelta(days=14)  # what they write later is about something else
_WITH_PEOPLE = (Mode.QUEUED, Mode.PERSON)
# Its words stand in the chat, whatever became of the e-mail that was to carry them.
_STANDS = (TouchState.SENT, TouchState.UNKNOWN, TouchState.FAILED)
_UNTOUCHED = ~exists().where(Message.conversation_id == Conversation.id, Message.direction == "in")
_THEIRS = (
    select(Conversation.customer_id, Conversation.id)
    .where(
        any_named(Conversation.customer_id, "customers"),
        Conversation.channel == Channel.WEB,
        Conversation.merged_into.is_(None),
        (Conversation.verified_by != "") | _UNTOUCHED,
        Conversation.updated_at >= bindparam("fresh"),
    )
    .order_by(Conversation.last_message_at.desc().nulls_last(), Conversation.id.desc())
)
_LATEST_UNANSWERED = (
    select(Touch.conversation_id, Touch.message_id)
    .where(
        Touch.customer_id == bindparam("customer"),
        Touch.state.in_(_STANDS),
        Touch.sent_at >= bindparam("fresh"),
        Touch.answered_at.is_(None),
        Touch.conversation_id.is_not(None),
    )
    .order_by(Touch.sent_at.desc())
    .limit(1)
)
_LAST_MESSAGE = (
    select(Message.id)
    .where(Message.conversation_id == bindparam("conversation"))
    .order_by(Message.position.desc())
    .limit(1)
)
_OPEN_AGAIN = (
    update(table_of(Conversation))
    .where(any_named(table_of(Conversation).c.id, "conversations"))
    .values(mode=Mode.BOT.value, closed_at=None)
)


class WithAPerson(Exception):
    """A person has this customer, or they wait for one; nothing was written."""


@dataclass(frozen=True)
class Unasked:
    """What is to be said to a customer, once for its key."""

    customer_id: str
    key: str
    text: str
    buttons: Sequence[dict[str, str]] = ()


@dataclass(frozen=True)
class Said:
    conversation_id: str
    message_id: str
    repeated: bool  # it had been written before


def say_unasked(
    session: Session, now: datetime, wanted: Sequence[Unasked]
) -> list[Said | WithAPerson]:
    """Write each as the bot's message; what became of them, in their order.

    It goes into the latest web conversation that is theirs for certain, and opens it again; else
    into a new one, which only they can come into. Many take as many statements as one.
    """
    customers = {each.customer_id for each in wanted}
    held = in_charge_of_any(session, customers)
    places = _places(session, now, sorted(customers - held))
    modes = messages.lock_many(session, sorted(places.values()))
    known = messages.find_many(session, list(modes), [each.key for each in wanted])
    is_silent = {who for who in customers if who in held or modes[places[who]] in _WITH_PEOPLE}
    new = {
        (places[each.customer_id], each.key): each
        for each in wanted
        if each.customer_id not in is_silent and (places[each.customer_id], each.key) not in known
    }
    words = [messages.Words(at, key, one.text, one.buttons) for (at, key), one in new.items()]
    _open_again(session, {at for at, _ in new if modes[at] == Mode.CLOSED})
    written = dict(zip(new, messages.say_many(session, now, words), strict=True))

    def became(one: Unasked) -> Said | WithAPerson:
        if one.customer_id in is_silent:
            return WithAPerson("A person has the customer, or they wait for one.")
        where = places[one.customer_id], one.key
        return Said(where[0], (known | written)[where], repeated=where in known)

    return [became(one) for one in wanted]


def waiting_for_answer(session: Session, now: datetime, customer_id: str) -> str | None:
    """The conversation that ends with something said unasked: on another device, too, it goes on
    there."""
    connection = session.connection()
    latest = connection.execute(
        _LATEST_UNANSWERED, {"customer": customer_id, "fresh": now - ANSWERED_WITHIN}
    ).one_or_none()
    if latest is None:
        return None
    conversation_id, message_id = latest
    last = connection.scalar(_LAST_MESSAGE, {"conversation": conversation_id})
    return str(conversation_id) if last == message_id else None


def _places(session: Session, now: datetime, customer_ids: Sequence[str]) -> dict[str, str]:
    """Each customer's conversation: proved by them, or opened by us and never written in by
    anybody; a new one where there is none."""
    rows = session.connection().execute(
        _THEIRS, {"customers": customer_ids, "fresh": now - GOES_ON_FOR}
    )
    found: dict[str, str] = {}
    for customer_id, conversation_id in rows:
        found.setdefault(customer_id, conversation_id)
    missing = [each for each in customer_ids if each not in found]
    return found | start_conversations(session, now, missing)


def _open_again(session: Session, conversation_ids: Collection[str]) -> None:
    if conversation_ids:
        session.connection().execute(_OPEN_AGAIN, {"conversations": sorted(conversation_ids)})


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
