"""Which conversation comes first: what is urgent in it, and how far that moves it up.

Pure; the figures are those of policies/queue.yml.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from careline.journey.words import Emotion, HandoverReason, Urgency
from careline.service.policies.base import amount_in
from careline.service.policies.queue import QueuePolicy

NORMAL, HIGH, URGENT = 0, 1, 2  # the record's numbers; see policies.levels.Priority


@dataclass(frozen=True)
class Facts:
    """What the record knows of a conversation that waits for a person."""

    reason: str = ""  # words.HandoverReason
    emotion: str | None = None  # of the customer's latest words
    angry_messages: int = 0
    bought_for: Decimal = Decimal(0)
    currency: str = ""
    has_broken_promise: bool = False


def reasons(policy: QueuePolicy, facts: Facts) -> list[Urgency]:
    """What is urgent, the weightiest first."""
    is_angry = (
        facts.emotion == Emotion.ANGRY
        or facts.reason == HandoverReason.ANGRY
        or facts.angry_messages > 1
    )
    valued_from = amount_in(policy.valued_from, facts.currency)
    holds = {
        Urgency.SAFETY: facts.reason == HandoverReason.SAFETY,
        Urgency.PROMISE_BROKEN: facts.has_broken_promise
        or facts.reason == HandoverReason.PROMISE_BROKEN,
        Urgency.ANGRY: is_angry,
        Urgency.FRUSTRATED: facts.emotion == Emotion.FRUSTRATED and not is_angry,
        Urgency.VALUED: 0 < valued_from <= facts.bought_for,
    }
    found = [urgency for urgency, is_so in holds.items() if is_so]
    return sorted(found, key=lambda urgency: -policy.ahead_minutes[urgency])


def priority(policy: QueuePolicy, urgent: Collection[str]) -> int:
    """Which times of the service levels hold."""
    if not set(policy.urgent_for).isdisjoint(urgent):
        return URGENT
    return HIGH if not set(policy.high_for).isdisjoint(urgent) else NORMAL


def rank_at(policy: QueuePolicy, due: datetime, urgent: Collection[str]) -> datetime:
    """The queue is in the order of this time: the deadline, less what is urgent."""
    ahead = sum(policy.ahead_minutes[Urgency(reason)] for reason in urgent)
    return due - timedelta(minutes=ahead)
