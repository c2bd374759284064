"""Put a conversation into the people's queue, with a reason, a summary and a deadline."""

from datetime import datetime

from sqlalchemy.orm import Session

from careline.conversation import lines, messages
from careline.journey import touchpoints
from careline.journey.models import Conversation, Customer
from careline.journey.words import Actor, HandoverReason, Mode, Stage
from careline.service.policies import Policies
from careline.service.waiting import answer_expected_by


def hand_over(
    session: Session,
    now: datetime,
    conversation_id: str,
    *,
    reason: HandoverReason,
    summary: str,
    policies: Policies,
    priority: int = 0,
) -> datetime:
    """Queue the conversation for a person; gives back when the customer hears from us.

    Queued already, it keeps its place: the earlier deadline and the higher priority stand.
    A conversation that a person holds is left as it is.
    """
    conversation = messages.lock(session, conversation_id)
    due = answer_expected_by(policies, now, conversation.channel, priority)
    if conversation.mode == Mode.PERSON:
        return conversation.due_at or due
    if conversation.mode == Mode.QUEUED and conversation.due_at is not None:
        due = min(due, conversation.due_at)
    else:
        conversation.queued_at = now
        conversation.handover_reason = reason
    conversation.mode = Mode.QUEUED
    conversation.handover_summary = _joined(conversation.handover_summary, summary)
    conversation.priority = max(conversation.priority, priority)
    conversation.due_at = due
    conversation.updated_at = now
    touchpoints.record(
        session,
        now,
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
        kind="conversation.handed_over",
        stage=Stage.SERVICE,
        actor=Actor.BOT,
        channel=conversation.channel,
        summary=f"Handed to a person: {reason.replace('_', ' ')}"[:500],
        about={"reason": str(reason), "due": due.isoformat()},
        source_id=f"{conversation.id}:queued:{conversation.queued_at:%Y%m%d%H%M%S%f}",
    )
    return due


def words_for(session: Session, conversation: Conversation, due: datetime, now: datetime) -> str:
    """When that is, on the customer's clock: "14:30"."""
    customer = session.get_one(Customer, conversation.customer_id)
    return lines.time_words(due, now, customer.time_zone)


def _joined(known: str, summary: str) -> str:
    if not known or known == summary:
        return summary
    return summary if known in summary else f"{known}\n{summary}"
