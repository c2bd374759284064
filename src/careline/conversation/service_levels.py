"""Service levels that were missed, in the record: once for each clock and deadline."""

from datetime import datetime

from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Conversation
from careline.journey.words import Actor, Stage

FIRST_ANSWER = "first_answer"
NEXT_ANSWER = "next_answer"
RESOLUTION = "resolution"


def note_missed(session: Session, now: datetime, conversation: Conversation) -> None:
    """Write down which deadlines of the conversation have passed, if that is not noted yet."""
    due, resolve_by = conversation.due_at, conversation.resolve_by
    if due is not None and due < now and conversation.missed_due_at != due:
        conversation.missed_due_at = due
        first = conversation.first_answered_at is None
        _note(session, now, conversation, FIRST_ANSWER if first else NEXT_ANSWER, due)
    if resolve_by is not None and resolve_by < now and conversation.missed_resolve_by != resolve_by:
        conversation.missed_resolve_by = resolve_by
        _note(session, now, conversation, RESOLUTION, resolve_by)


def _note(
    session: Session, now: datetime, conversation: Conversation, clock: str, due: datetime
) -> None:
    touchpoints.record(
        session,
        now,
        at=due,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        kind="service_level.missed",
        stage=Stage.SERVICE,
        actor=Actor.CARELINE,
        channel=conversation.channel,
        summary=f"Service level missed: {clock.replace('_', ' ')}",
        about={
            "clock": clock,
            "due": due.isoformat(),
            "priority": conversation.priority,
            "team": conversation.team,
            "staff": conversation.holder,
        },
        source_id=f"{conversation.id}:{clock}:{due:%Y%m%d%H%M%S%f}",
    )
