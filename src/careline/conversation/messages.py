"""Write and read the messages of a conversation; nothing else in Careline adds one.

Functions take an open session and never commit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import bindparam, func, literal, or_, select, update
from sqlalchemy.orm import Session

from careline.conversation.charge import HELD_CONVERSATION
from careline.journey.models import Attachment, Conversation, Message, OneTimeCode, Touch
from careline.journey.words import Author, Delivery, TurnState
from careline.kit.errors import NotFound
from careline.kit.ids import new_id
from careline.kit.many import any_named
from careline.kit.rows import insert_many, insert_now, put_now, table_of

# Not `in_`: SQLAlchemy would write out its list anew at each call.
IS_UNFINISHED = or_(Message.turn_state == TurnState.WAITING, Message.turn_state == TurnState.ASKED)

# Statements of every turn, made once: building one costs more than running it.
_LOCKED = (
    select(Conversation)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_HELD = (
    select(Conversation.mode, Conversation.customer_id)
    .where(Conversation.id == bindparam("conversation"))
    .with_for_update()
)
_OF_CONVERSATION = Message.conversation_id == bindparam("conversation")
_LAST_POSITION = select(func.max(Message.position)).where(_OF_CONVERSATION)
_FOUND = select(Message).where(
    _OF_CONVERSATION,
    Message.direction == bindparam("direction"),
    Message.provider_id == bindparam("key"),
)
_MODES_LOCKED = (
    select(Conversation.id, Conversation.mode)
    .where(any_named(Conversation.id, "conversations"))
    .order_by(Conversation.id)
    .with_for_update()
)
_LAST_POSITIONS = select(
    Conversation.id,
    select(func.max(Message.position))
    .where(Message.conversation_id == Conversation.id)
    .scalar_subquery(),
).where(any_named(Conversation.id, "conversations"))
_FOUND_ANY = select(Message.conversation_id, Message.provider_id, Message.id).where(
    any_named(Message.conversation_id, "conversations"),
    Message.direction == "out",
    any_named(Message.provider_id, "keys"),
)
_HAVE_NEWS = (
    update(table_of(Conversation))
    .where(any_named(table_of(Conversation).c.id, "conversations"))
    .values(last_message_at=bindparam("now"), updated_at=bindparam("now"))
)
_STANDING = select(
    _LAST_POSITION.scalar_subquery(),
    select(literal(True)).where(_OF_CONVERSATION, IS_UNFINISHED).limit(1).scalar_subquery(),
    select(Message.id)
    .where(
        _OF_CONVERSATION,
        Message.direction == "in",
        Message.provider_id == bindparam("provider_id"),
    )
    .scalar_subquery(),
    select(OneTimeCode.state)
    .where(OneTimeCode.conversation_id == bindparam("conversation"))
    .order_by(OneTimeCode.created_at.desc())
    .limit(1)
    .scalar_subquery(),
    HELD_CONVERSATION,
    select(Touch.id)
    .where(Touch.conversation_id == bindparam("conversation"), Touch.sent_at >= bindparam("fresh"))
    .order_by(Touch.sent_at.desc())
    .limit(1)
    .scalar_subquery(),
)


class NoSuchConversation(NotFound):
    """There is no such conversation, or it is not the caller's."""


def lock(session: Session, conversation_id: str) -> Conversation:
    """The conversation, held against other writers until the unit of work ends."""
    conversation = session.scalars(_LOCKED, {"conversation": conversation_id}).one_or_none()
    if conversation is None:
        raise NoSuchConversation("There is no such conversation.")
    return conversation


@dataclass(frozen=True)
class Standing:
    """Where a conversation stands when a message of the customer comes."""

    last_position: int
    any_unfinished: bool
    known: str | None  # our id of the message, if it came before
    code_awaited: bool  # it was sent a code that has not done its work; also one spent
    held_conversation: str | None = None  # of this customer's, that a person holds
    touch: str | None = None  # the latest that we said here unasked, while it may be answered


def standing(
    session: Session, conversation_id: str, provider_id: str, *, fresh_since: datetime
) -> Standing:
    last, unfinished, known, code, held, touch = session.connection().execute(
        _STANDING,
        {"conversation": conversation_id, "provider_id": provider_id, "fresh": fresh_since},
    ).one()  # fmt: skip
    return Standing(last or 0, bool(unfinished), known, code in ("sent", "spent"), held, touch)


def add(
    session: Session,
    now: datetime,
    conversation: Conversation,
    *,
    direction: str,
    author: str,
    provider_id: str,
    position: int | None = None,
    changes: Mapping[str, Any] = MappingProxyType({}),
    **values: Any,
) -> Message:
    """The next message of a locked conversation; its position is looked up if it is not given.

    `changes` are columns of the conversation that change with it.
    """
    message = write(
        session,
        now,
        conversation.id,
        position=position or last_position(session, conversation.id) + 1,
        direction=direction,
        author=author,
        provider_id=provider_id,
        **values,
    )
    put_now(session, conversation, last_message_at=now, updated_at=now, **changes)
    return message


def write(session: Session, now: datetime, conversation_id: str, **values: Any) -> Message:
    """The row alone, for those who note in the conversation themselves that it has news."""
    return insert_now(
        session,
        Message,
        id=new_id("msg"),
        conversation_id=conversation_id,
        created_at=now,
        updated_at=now,
        **values,
    )


def last_position(session: Session, conversation_id: str) -> int:
    return session.scalar(_LAST_POSITION, {"conversation": conversation_id}) or 0


def say(
    session: Session,
    now: datetime,
    conversation: Conversation,
    *,
    key: str,
    text: str,
    author: str = Author.SYSTEM,
    buttons: Sequence[dict[str, str]] = (),
    card: dict[str, Any] | None = None,
    reply_to: str | None = None,
) -> Message:
    """Something said to the customer; the same key again is the same message."""
    known = find(session, conversation.id, "out", key)
    if known is not None:
        return known
    return add(
        session,
        now,
        conversation,
        direction="out",
        author=author,
        provider_id=key,
        text=text,
        buttons=list(buttons),
        card=card,
        reply_to=reply_to,
        delivery=Delivery.SENT,  # web chat: written is sent, the page reads it from here
    )


def find(session: Session, conversation_id: str, direction: str, key: str) -> Message | None:
    return session.scalar(
        _FOUND, {"conversation": conversation_id, "direction": direction, "key": key}
    )


def lock_many(session: Session, conversation_ids: Collection[str]) -> dict[str, str]:
    """The modes of these conversations, held against other writers until the unit of work ends."""
    rows = session.connection().execute(_MODES_LOCKED, {"conversations": list(conversation_ids)})
    return {conversation_id: mode for conversation_id, mode in rows}


def find_many(
    session: Session, conversation_ids: Collection[str], keys: Collection[str]
) -> dict[tuple[str, str], str]:
    """The ids of what was said under these keys, by conversation and key."""
    rows = session.connection().execute(
        _FOUND_ANY, {"conversations": list(conversation_ids), "keys": list(keys)}
    )
    return {(conversation_id, key): message_id for conversation_id, key, message_id in rows}


def hold(session: Session, conversation_id: str) -> tuple[str, str]:
    """As `lock`, where its mode and its customer's id are enough."""
    row = session.connection().execute(_HELD, {"conversation": conversation_id}).one_or_none()
    if row is None:
        raise NoSuchConversation("There is no such conversation.")
    return row[0], row[1]


@dataclass(frozen=True)
class Words:
    """What the bot says in a conversation."""

    conversation_id: str
    key: str
    text: str
    buttons: Sequence[dict[str, str]] = ()
    card: dict[str, Any] | None = None
    reply_to: str | None = None


@dataclass(frozen=True)
class Spoken:
    """Words of the bot as they stand in the record now."""

    id: str
    words: Words
    at: datetime


def say_many(session: Session, now: datetime, words: Sequence[Words]) -> list[str]:
    """The ids of what is said now in locked conversations, each for the first time for its key."""
    if not words:
        return []
    where = {"conversations": sorted({each.conversation_id for each in words})}
    connection = session.connection()
    last = {of: position or 0 for of, position in connection.execute(_LAST_POSITIONS, where)}
    rows = []
    for each in words:
        last[each.conversation_id] += 1
        rows.append(_said(now, each, last[each.conversation_id]))
    insert_many(session, Message, rows)
    connection.execute(_HAVE_NEWS, {**where, "now": now})
    return [row["id"] for row in rows]


def speak(session: Session, now: datetime, words: Sequence[Words], last: int) -> list[Spoken]:
    """The next messages of one locked conversation, behind the position `last`; that it has news
    is noted by the caller."""
    rows = [_said(now, each, position) for position, each in enumerate(words, start=last + 1)]
    insert_many(session, Message, rows)
    return [Spoken(row["id"], each, now) for row, each in zip(rows, words, strict=True)]


def _said(now: datetime, words: Words, position: int) -> dict[str, Any]:
    return {
        "id": new_id("msg"),
        "conversation_id": words.conversation_id,
        "position": position,
        "direction": "out",
        "author": Author.BOT,
        "provider_id": words.key,
        "text": words.text,
        "buttons": list(words.buttons),
        "card": words.card,
        "reply_to": words.reply_to,
        "delivery": Delivery.SENT,  # web chat: written is sent, the page reads it from here
        "created_at": now,
        "updated_at": now,
    }


def unfinished(session: Session, conversation_id: str) -> Sequence[Message]:
    """Customer's messages without an answer yet, oldest first."""
    return session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, IS_UNFINISHED)
        .order_by(Message.position)
    ).all()


def any_unfinished(session: Session, conversation_id: str) -> bool:
    found = session.scalar(
        select(Message.id).where(Message.conversation_id == conversation_id, IS_UNFINISHED).limit(1)
    )
    return found is not None


def replies_to(session: Session, message_id: str) -> Sequence[Message]:
    return session.scalars(
        select(Message).where(Message.reply_to == message_id).order_by(Message.position)
    ).all()


def after(
    session: Session, conversation_id: str, position: int, limit: int = 500
) -> Sequence[Message]:
    """Messages behind that position, oldest first."""
    return session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.position > position)
        .order_by(Message.position)
        .limit(limit)
    ).all()


def position_of(session: Session, conversation_id: str, message_id: str) -> int:
    """Raises NotFound when the message is not one of this conversation."""
    message = session.get(Message, message_id)
    if message is None or message.conversation_id != conversation_id:
        raise NotFound("There is no such message in this conversation.", field="after")
    return message.position


def attachments_of(session: Session, message_ids: Sequence[str]) -> dict[str, list[Attachment]]:
    """Without their content, which is loaded only when asked for."""
    found: dict[str, list[Attachment]] = {}
    if not message_ids:
        return found
    rows = session.scalars(
        select(Attachment).where(Attachment.message_id.in_(message_ids)).order_by(Attachment.id)
    )
    for attachment in rows:
        found.setdefault(attachment.message_id or "", []).append(attachment)
    return found
