"""The clocks of a conversation that is with people: who waits for us, since when, until when."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from careline.journey.models import Conversation, Customer, Message, Promise
from careline.journey.words import Urgency
from careline.service import urgency
from careline.service.policies import Policies
from careline.service.waiting import (
    SUPPORT,
    answer_expected_by,
    next_answer_expected_by,
    resolution_expected_by,
)

BROKEN_LATELY = timedelta(days=30)  # a promise broken longer ago moves nothing up


def what_is_urgent(
    session: Session, now: datetime, conversation: Conversation, policies: Policies
) -> list[Urgency]:
    customer = session.get_one(Customer, conversation.customer_id)
    emotion = session.scalar(
        select(Message.emotion)
        .where(
            Message.conversation_id == conversation.id,
            Message.direction == "in",
            Message.emotion.is_not(None),
        )
        .order_by(Message.position.desc())
        .limit(1)
    )
    broken = session.scalar(
        select(Promise.id)
        .where(
            Promise.customer_id == customer.id,
            Promise.state == "broken",
            Promise.updated_at > now - BROKEN_LATELY,
        )
        .limit(1)
    )
    return urgency.reasons(
        policies.queue,
        urgency.Facts(
            reason=conversation.handover_reason,
            emotion=emotion,
            angry_messages=conversation.angry_messages,
            bought_for=Decimal(customer.lifetime_value),
            currency=customer.currency,
            has_broken_promise=broken is not None,
        ),
    )


def weigh(
    session: Session,
    now: datetime,
    conversation: Conversation,
    policies: Policies,
    *,
    at_least: int = urgency.NORMAL,
) -> None:
    """Note what is urgent and which service level holds; the place in the queue follows."""
    reasons = what_is_urgent(session, now, conversation, policies)
    conversation.reasons = [reason.value for reason in reasons]
    conversation.priority = max(
        conversation.priority, at_least, urgency.priority(policies.queue, reasons)
    )
    rank(conversation, policies)


def rank(conversation: Conversation, policies: Policies) -> None:
    """Put it in its place: by its deadline and what is urgent; last, if nobody waits."""
    due = conversation.due_at
    conversation.rank_at = (
        urgency.rank_at(policies.queue, due, conversation.reasons or ()) if due else None
    )


def customer_waits(
    session: Session, now: datetime, conversation: Conversation, policies: Policies
) -> None:
    """The customer wrote, or waits, for a person: the clock runs, if it does not run already.

    What has become urgent meanwhile makes the times shorter, never longer.
    """
    conversation.snoozed = conversation.snoozed_until = None
    weigh(session, now, conversation, policies)
    resolved_by = resolution_due(now, conversation, policies)
    conversation.resolve_by = min(conversation.resolve_by or resolved_by, resolved_by)
    due = answer_due(now, conversation, policies)
    if conversation.waiting_since is None:
        conversation.waiting_since, conversation.due_at = now, due
    else:
        conversation.due_at = min(conversation.due_at or due, due)
    rank(conversation, policies)


def answer_due(now: datetime, conversation: Conversation, policies: Policies) -> datetime:
    """The first answer's time until there was one, from then on the next answer's."""
    answered = conversation.first_answered_at is not None
    expected = next_answer_expected_by if answered else answer_expected_by
    return expected(
        policies, now, conversation.channel, conversation.priority, team=team_of(conversation)
    )


def resolution_due(now: datetime, conversation: Conversation, policies: Policies) -> datetime:
    return resolution_expected_by(
        policies, now, conversation.channel, conversation.priority, team=team_of(conversation)
    )


def staff_answered(now: datetime, conversation: Conversation) -> None:
    """Nobody waits for us now; the time until it is resolved goes on."""
    if conversation.first_answered_at is None:
        conversation.first_answered_at = now
    conversation.waiting_since = conversation.due_at = conversation.rank_at = None
    conversation.snoozed = conversation.snoozed_until = None


def stop_all(conversation: Conversation) -> None:
    """The conversation is no longer with people."""
    conversation.holder = conversation.assigned_at = conversation.joined_to = None
    conversation.due_at = conversation.queued_at = conversation.waiting_since = None
    conversation.rank_at = conversation.resolve_by = conversation.first_answered_at = None
    conversation.missed_due_at = conversation.missed_resolve_by = None
    conversation.alerted_due_at = None
    conversation.snoozed = conversation.snoozed_until = conversation.reasons = None
    conversation.handover_reason = conversation.handover_summary = ""
    conversation.priority = conversation.angry_messages = 0
    conversation.left_open = conversation.left_open_at = None  # they have decided it


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """For statements: an answer is due, or the whole should be settled, since a while."""
    return or_(Conversation.due_at < now, Conversation.resolve_by < now)


def team_of(conversation: Conversation) -> str:
    return conversation.team or SUPPORT
