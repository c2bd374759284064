"""What a staff member says to the customer: through the one outbox, once, and never past them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from careline.conversation import clocks, files, messages, service_levels
from careline.conversation.masking import mask
from careline.conversation.receive import MOST_ATTACHMENTS, check_words
from careline.conversation.staff import promised
from careline.conversation.staff.canned import check_no_field
from careline.conversation.staff.colleagues import note_done
from careline.conversation.staff.errors import AlreadySent, NewerMessage
from careline.conversation.staff.holding import mine
from careline.conversation.staff.merging import shown_together
from careline.conversation.staff.promised import NO_RIBBON, Ribbon
from careline.conversation.unasked import note_read
from careline.journey import audit
from careline.journey.models import Attachment, Conversation, Message
from careline.journey.words import Author, Delivery
from careline.kit.errors import Invalid
from careline.service import promises
from careline.service.policies import Policies


def reply(
    session: Session,
    now: datetime,
    conversation_id: str,
    staff_id: str,
    text: str,
    *,
    seen_up_to: int,
    client_id: str,
    policies: Policies,
    attachments: Sequence[str] = (),
    ribbon: Ribbon = NO_RIBBON,
) -> Message:
    """Say it to the customer. The same client id with the same words is the same message.

    What it promises is written down: what the ribbon says, and what is read in the words besides.

    `seen_up_to` is `newest_of_customer` as it was on the page. Raises NewerMessage, NotYours,
    AlreadySent (other words under this id), Invalid, NotFound (an attachment that is not waiting
    in this conversation).
    """
    key = f"staff:{client_id}"
    if known := messages.find(session, conversation_id, "out", key):
        return _the_same(session, known, text, attachments, ribbon, policies)
    who, conversation, _ = mine(session, conversation_id, staff_id)
    if known := messages.find(session, conversation_id, "out", key):  # written while we waited
        return _the_same(session, known, text, attachments, ribbon, policies)
    newest = newest_of_customer(session, shown_together(session, conversation))
    if newest > seen_up_to:
        raise NewerMessage(newest)
    if not attachments or text:
        check_words(text)
    check_no_field(text)
    promised.check(session, now, conversation, ribbon)
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
    promised.write_down(
        session, now, conversation, message.text, ribbon,
        key=message.id, staff_id=who.id, policies=policies,
    )  # fmt: skip
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


def _the_same(
    session: Session,
    known: Message,
    text: str,
    attachments: Sequence[str],
    ribbon: Ribbon,
    policies: Policies,
) -> Message:
    """Who sent it, got no answer, changed it and sends again must not lose the change."""
    with_it = session.scalars(select(Attachment.id).where(Attachment.message_id == known.id)).all()
    conversation = session.get_one(Conversation, known.conversation_id)
    is_same = (
        known.text == mask(text)
        and set(with_it) == set(attachments)
        and promised.is_as_sent(session, known, conversation, ribbon, policies)
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
