"""Two conversations of one person become one: the messages stay where they were written, and are
shown together; what is said from now on goes through the one that stays.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from careline.conversation import clocks, lines, messages
from careline.conversation.closing import close
from careline.conversation.staff import notes
from careline.conversation.staff.colleagues import colleague, note_done
from careline.conversation.staff.errors import NotMergeable, NotYours
from careline.conversation.staff.holding import lock_all_of_customer
from careline.journey.models import Conversation
from careline.journey.words import Mode
from careline.service.policies import Policies


def merge(
    session: Session,
    now: datetime,
    conversation_id: str,
    staff_id: str,
    *,
    into: str,
    policies: Policies,
) -> Conversation:
    """End this conversation in the other one, which the same verified person has with us.

    The customer is told where we go on; if they write in this one all the same, it comes to
    whoever holds the other. Raises NotMergeable, NotYours.
    """
    who = colleague(session, staff_id)
    conversation, others = lock_all_of_customer(session, conversation_id)
    target = next((each for each in others if each.id == into), None)
    if target is None or not (conversation.verified_by and target.verified_by):
        raise NotMergeable(
            "Only open conversations of one customer who is verified in both can be merged."
        )
    if Mode.PERSON not in (conversation.mode, target.mode) or any(
        each.holder not in (None, staff_id) for each in (conversation, target)
    ):
        raise NotYours("Claim one of the two first; a colleague's cannot be merged.")
    was_waiting = conversation.waiting_since
    if target.mode != Mode.PERSON:
        target.mode, target.holder, target.assigned_at = Mode.PERSON, staff_id, now
    target.joined_to = None
    target.handback = target.handback_at = None
    for each in others:
        if each.joined_to == conversation.id:
            each.joined_to = target.id
    if was_waiting is not None:
        clocks.customer_waits(session, now, target, policies)
        target.waiting_since = min(target.waiting_since or was_waiting, was_waiting)
    if conversation.handover_summary:
        notes.note(
            session, now, target.id, staff_id,
            f"Merged from {conversation.channel}: {conversation.handover_summary}",
            key=f"merged:{conversation.id}:{now:%Y%m%d%H%M%S%f}",
        )  # fmt: skip
    messages.say(
        session,
        now,
        conversation,
        key=f"merged:{target.id}:{now:%Y%m%d%H%M%S%f}",
        text=lines.merged(target.channel),
    )
    clocks.stop_all(conversation)
    conversation.handback = conversation.handback_at = None
    conversation.merged_into = target.id
    session.execute(  # what was merged into this one before goes on in the other, too
        update(Conversation)
        .where(
            Conversation.customer_id == target.customer_id,
            Conversation.merged_into == conversation.id,
        )
        .values(merged_into=target.id)
    )
    close(session, now, conversation)
    note_done(
        session, now, who, target, "conversation.merged",
        f"{who.name} merged another conversation into this one", merged=conversation.id,
    )  # fmt: skip
    return target


def shown_together(session: Session, conversation: Conversation) -> list[str]:
    """The conversation and those that were merged into it, as staff see them on one page."""
    merged = session.scalars(
        select(Conversation.id).where(
            Conversation.customer_id == conversation.customer_id,
            Conversation.merged_into == conversation.id,
        )
    )
    return [conversation.id, *merged]
