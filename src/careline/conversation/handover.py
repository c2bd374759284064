"""Put a conversation into the people's queue, with a reason, a summary and a deadline."""

from datetime import datetime

from sqlalchemy.orm import Session

from careline.conversation import charge, clocks, lines, messages
from careline.conversation.opening_words import hours_behind
from careline.journey import touchpoints
from careline.journey.models import Conversation, Customer
from careline.journey.words import Actor, HandoverReason, Mode, Stage
from careline.kit.zones import zone_of
from careline.service.policies import Policies


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
    if conversation.mode != Mode.PERSON:
        in_charge = charge.charge_of(session, conversation.customer_id)
        if in_charge is not None:
            charge.join(session, now, conversation, in_charge, policies)
    if conversation.mode == Mode.PERSON:
        return conversation.due_at or clocks.answer_due(now, conversation, policies)
    former_due = conversation.due_at if conversation.mode == Mode.QUEUED else None
    if former_due is None:
        conversation.queued_at = conversation.waiting_since = now
        conversation.handover_reason = reason
    conversation.mode, conversation.closed_at = Mode.QUEUED, None
    conversation.handover_summary = joined_summary(conversation.handover_summary, summary)
    clocks.weigh(session, now, conversation, policies, at_least=priority)
    due = clocks.answer_due(now, conversation, policies)
    conversation.due_at = due = min(due, former_due or due)
    clocks.rank(conversation, policies)
    if conversation.resolve_by is None:
        conversation.resolve_by = clocks.resolution_due(now, conversation, policies)
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


def words_with_hours(
    session: Session, conversation: Conversation, due: datetime, now: datetime, policies: Policies
) -> str:
    """The same, and when the team is there if that is not all the time until then."""
    zone = zone_of(session.get_one(Customer, conversation.customer_id).time_zone)
    hours = hours_behind(policies, now, due, zone, clocks.team_of(conversation))
    return words_for(session, conversation, due, now) + hours


def joined_summary(known: str, summary: str) -> str:
    if not known or known == summary:
        return summary
    return summary if known in summary else f"{known}\n{summary}"
