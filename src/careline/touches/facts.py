"""What the gate is told of a customer: plain values, read in one go, judged without the record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

from careline.journey.words import Channel, Purpose
from careline.touches.playbook import Playbook


@dataclass(frozen=True)
class ChannelFacts:
    """One way to reach the customer."""

    channel: Channel
    is_there: bool  # they would see it by themselves, soon: an open chat, a phone number
    address: str = ""
    is_refused: bool = False  # the address: there is no such mailbox, its server said
    # A channel with a window takes free words until then; after it only an approved template.
    has_window: bool = False
    window_until: datetime | None = None
    approved_templates: frozenset[str] = frozenset()
    is_busy_until: datetime | None = None  # its rate limit


@dataclass(frozen=True)
class SentTouch:
    """A touch that left, as the caps count it."""

    touch_id: str
    playbook: str
    subject: str
    at: datetime
    is_survey: bool
    is_safety: bool
    is_urgent: bool = False

    @classmethod
    def of(
        cls, book: Playbook | None, touch_id: str, playbook: str, subject: str, at: datetime
    ) -> Self:
        """As the playbook has it now; nothing special where it was taken away."""
        if book is None:
            return cls(touch_id, playbook, subject, at, is_survey=False, is_safety=False)
        return cls(touch_id, playbook, subject, at, book.is_survey, book.safety, book.urgent)


@dataclass(frozen=True)
class Happened:
    """A touchpoint, as far as playbooks care."""

    kind: str
    at: datetime
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CustomerFacts:
    """All that one contact decision goes by; nothing of it is looked up later."""

    customer_id: str
    zone: ZoneInfo
    country: str
    segment: str
    stage: str
    is_erased: bool = False
    currency: str = ""
    # (channel, purpose) → given (True) or refused (False); channel "" or "*" stands for all.
    consents: Mapping[tuple[str, Purpose], bool] = field(default_factory=dict)
    # Said yes to this one channel after a no to all of them.
    agreed_since: frozenset[tuple[str, Purpose]] = frozenset()
    channels: Mapping[Channel, ChannelFacts] = field(default_factory=dict)
    sent: tuple[SentTouch, ...] = ()  # newest last; as far back as any rule looks
    open_cases: tuple[str, ...] = ()  # numbers
    open_promises: tuple[str, ...] = ()
    person_in_charge: str | None = None
    queued_conversation: bool = False  # they wait for a person
    last_anger_at: datetime | None = None
    last_message_at: datetime | None = None  # theirs, or the bot's answer, while the bot has it
    last_activity_at: datetime | None = None  # theirs or the shop's: what silence is counted from
    happened: tuple[Happened, ...] = ()  # since the oldest trigger among their touches
    orders: int = 0
    order_worth: Mapping[str, tuple[Decimal, str]] = field(default_factory=dict)  # by number
    # By number; None while the shop does not say.
    order_categories: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    last_score: tuple[str, int] | None = None  # feedback kind and score
    is_pleased: bool = False
    resolved_cases: int = 0
