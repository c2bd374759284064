"""What a staff member says to the customer: through the one outbox, once, and never past them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from careline.conversation import clocks, files, messages, service_levels
from careline.conversation.masking import mask
from careline.conversation.receive import MOST_ATTACHMENTS, check_words
from careline.conversation.staff.canned import check_no_field
from careline.conversation.staff.colleagues import note_done
from careline.conversation.staff.errors import AlreadySent, NewerMessage
from careline.conversation.staff.holding import mine
from careline.conversation.staff.merging import shown_together
from careline.conversation.unasked import note_read
from careline.journey import audit
from careline.journey.models import Attachment, Conversation, Customer, Message, Promise
from careline.journey.words import Author, Delivery
from careline.kit.errors import Invalid
from careline.kit.zones import zone_of
from careline.service import promises


@dataclass(frozen=True)
class PromiseSaid:
    """What a reply promises, and by when on the customer's calendar."""

    what: str  # a few words: "refund paid", "call back"
    due_on: date


def reply(
    session: Session,
    now: datetime,
    conversation_id: str,
    staff_id: str,
    text: str,
    *,
    seen_up_to: int,
    client_id: str,
    attachments: Sequence[str] = (),
    promise: PromiseSaid | None = None,
) -> Message:
    """Say it to the customer. The same client id with the same words is the same message.

    `seen_up_to` is `newest_of_customer` as it was on the page. Raises NewerMessage, NotYours,
    AlreadySent (other words under this id), Invalid, NotFound (an attachment that is not waiting
    in this conversation).
    """
    key = f"staff:{client_id}"
    if known := messages.find(session, conversation_id, "out", key):
        return _the_same(session, known, text, attachments, promise)
    who, conversation, _ = mine(session, conversation_id, staff_id)
    if known := messages.find(session, conversation_id, "out", key):  # written while we waited
        return _the_same(session, known, text, attachments, promise)
    newest = newest_of_customer(session, shown_together(session, conversation))
    if newest > seen_up_to:
        raise NewerMessage(newest)
    if not attachments or text:
        check_words(text)
    check_no_field(text)
    if promise is not None:
        _check_promise(session, now, conversation, promise)
    if len(attachments) > MOST_ATTACHMENTS:
        raise Invalid(f"At most {MOST_ATTACHMENTS} files a message.", field="attachments")
    with_it = files.waiting(session, conversation_id, attachments) if attachments else ()
    message = messages.add(
        session,
        now,
        conversation,
        direction="out",
        author=Author.STAFF,
        provider_id=key,
        text=mask(text),
        staff_id=who.id,
        author_name=who.name,
        delivery=Delivery.SENT,
    )
    for file in with_it:
        file.message_id = message.id
    service_levels.note_missed(session, now, conversation)
    clocks.staff_answered(now, conversation)
    promises.answer_given(session, now, shown_together(session, conversation))
    if promise is not None:
        promises.promise_by_staff(
            session,
            now,
            conversation,
            key=key,
            staff_id=who.id,
            what=promise.what.strip(),
            due_on=promise.due_on,
            words=message.text,
        )
    note_done(
        session, now, who, conversation, "conversation.answered",
        f"{who.name} answered", key=message.id,
    )  # fmt: skip
    return message


def attach(
    session: Session, now: datetime, conversation_id: str, staff_id: str, name: str, content: bytes
) -> Attachment:
    """Keep a file for the next reply. Raises NotYours, TooLarge, UnsupportedFile, Invalid."""
    who, conversation, _ = mine(session, conversation_id, staff_id)
    kept = files.keep(session, now, conversation_id, name, content)
    audit.note_by(
        session, now, who, "attachment.added", subject=conversation.customer_id,
        details={"conversation": conversation_id, "attachment": kept.id},
    )  # fmt: skip
    return kept


def seen_by_customer(
    session: Session, now: datetime, conversation_id: str, position: int, *, read: bool
) -> bool:
    """The customer's page has our messages up to there, or the customer has read them.

    True if that is news.
    """
    conversation = messages.lock(session, conversation_id)
    state = Delivery.READ if read else Delivery.DELIVERED
    earlier = [Delivery.PENDING, Delivery.SENT, *([Delivery.DELIVERED] if read else [])]
    changed = session.scalars(
        update(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.author == Author.STAFF,
            Message.position <= position,
            Message.delivery.in_(earlier),
        )
        .values(delivery=state, updated_at=now)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    if read:
        conversation.seen_at = now
        note_read(session, now, conversation_id, position)
    if read and position > (conversation.seen_position or 0):
        conversation.seen_position = position
        return True
    return bool(changed)


def _check_promise(
    session: Session, now: datetime, conversation: Conversation, promise: PromiseSaid
) -> None:
    if not promise.what.strip():
        raise Invalid("Say what is promised.", field="promise")
    zone = session.get_one(Customer, conversation.customer_id).time_zone
    if promise.due_on < now.astimezone(zone_of(zone)).date():
        raise Invalid(
            "That day has passed where the customer is; promise a later one.", field="promise_by"
        )


def _the_same(
    session: Session,
    known: Message,
    text: str,
    attachments: Sequence[str],
    promise: PromiseSaid | None,
) -> Message:
    """Who sent it, got no answer, changed it and sends again must not lose the change."""
    with_it = session.scalars(select(Attachment.id).where(Attachment.message_id == known.id)).all()
    promised = session.execute(
        select(Promise.what, Promise.due_on).where(Promise.key == known.provider_id)
    ).one_or_none()
    wanted = (promise.what.strip()[:80], promise.due_on) if promise is not None else None
    is_same = (
        known.text == mask(text)
        and set(with_it) == set(attachments)
        and (tuple(promised) if promised is not None else None) == wanted
    )
    if not is_same:
        raise AlreadySent(known.text)
    return known


def newest_of_customer(session: Session, conversation_ids: Sequence[str]) -> int:
    """Grows with each word of the customer's in any of these, and is the position of the last one
    where it is only one conversation."""
    last = (
        select(func.max(Message.position).label("position"))
        .where(Message.conversation_id.in_(conversation_ids), Message.direction == "in")
        .group_by(Message.conversation_id)
        .subquery()
    )
    return session.scalar(select(func.sum(last.c.position))) or 0
