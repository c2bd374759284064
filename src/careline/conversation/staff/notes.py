"""Staff's words to each other about a customer; customers never see them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.conversation.masking import mask
from careline.conversation.messages import NoSuchConversation
from careline.conversation.receive import check_words
from careline.conversation.staff import colleagues
from careline.conversation.staff.errors import AlreadySent
from careline.journey import audit
from careline.journey.models import Conversation, Note
from careline.kit.ids import new_id

US = "Careline"


def note(
    session: Session, now: datetime, conversation_id: str, staff_id: str, text: str, *, key: str
) -> Note:
    """Anybody at the desk may write one; the same key again is the same note.

    Raises AlreadySent (other words under this key), Invalid.
    """
    known = session.scalar(select(Note).where(Note.key == key))
    if known is not None:
        if known.text != mask(text):
            raise AlreadySent(known.text)
        return known
    who = colleagues.colleague(session, staff_id)
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NoSuchConversation("There is no such conversation.")
    check_words(text)
    made = _write(session, now, conversation, mask(text), key=key, staff_id=who.id, name=who.name)
    audit.note_by(
        session,
        now,
        who,
        "note.written",
        subject=conversation.customer_id,
        details={"conversation": conversation_id},
    )
    session.flush()
    return made


def note_by_us(
    session: Session, now: datetime, conversation: Conversation, text: str, *, key: str
) -> Note:
    """What staff must know and nobody of them wrote; the same key again is the same note."""
    known = session.scalar(select(Note).where(Note.key == key))
    return known or _write(session, now, conversation, text, key=key, staff_id="", name=US)


def notes_about(session: Session, customer_id: str, limit: int = 200) -> Sequence[Note]:
    """Newest first."""
    return session.scalars(
        select(Note)
        .where(Note.customer_id == customer_id)
        .order_by(Note.created_at.desc(), Note.id.desc())
        .limit(limit)
    ).all()


def _write(
    session: Session,
    now: datetime,
    conversation: Conversation,
    text: str,
    *,
    key: str,
    staff_id: str,
    name: str,
) -> Note:
    made = Note(
        id=new_id("nte"),
        key=key,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        staff_id=staff_id,
        author_name=name,
        text=text,
        created_at=now,
        updated_at=now,
    )
    session.add(made)
    return made
