"""The desk's words and signs for the record's vocabularies: never a colour alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from careline.journey.words import (
    CaseKind,
    CaseState,
    Channel,
    Delivery,
    Emotion,
    HandoverReason,
    Mode,
    Outcome,
    Purpose,
    Resolution,
    Snooze,
    Urgency,
)

SOON = timedelta(minutes=10)  # a deadline that is nearer than this is due soon


@dataclass(frozen=True)
class Sign:
    """A word with an icon (of static/icons.svg) and a tone (a class of desk.css)."""

    words: str
    icon: str
    tone: str = "plain"


REASONS: Mapping[str, Sign] = {
    HandoverReason.ASKED_FOR: Sign("Asked for a person", "person"),
    HandoverReason.ANGRY: Sign("Angry", "unhappy", "unhappy"),
    HandoverReason.NOT_UNDERSTOOD: Sign("Not understood twice", "question"),
    HandoverReason.ACTION_FAILED: Sign("Action failed", "alert", "due-soon"),
    HandoverReason.OVER_LIMIT: Sign("Over the limit", "coin", "due-soon"),
    HandoverReason.SAFETY: Sign("Safety", "alert", "overdue"),
    HandoverReason.POLICY_EXCEPTION: Sign("Policy exception", "scales"),
    HandoverReason.UNHAPPY_SCORE: Sign("Unhappy score", "unhappy", "unhappy"),
    HandoverReason.ASSISTANT_DOWN: Sign("Bot was down", "bot"),
    HandoverReason.PROMISE_BROKEN: Sign("Promise broken", "promise", "overdue"),
    HandoverReason.TAKEN_OVER: Sign("Taken over", "person"),
}

URGENCIES: Mapping[str, Sign] = {
    Urgency.SAFETY: Sign("Safety", "alert", "overdue"),
    Urgency.PROMISE_BROKEN: Sign("Promise broken", "promise", "overdue"),
    Urgency.ANGRY: Sign("Angry", "unhappy", "unhappy"),
    Urgency.FRUSTRATED: Sign("Frustrated", "unhappy", "unhappy"),
    Urgency.VALUED: Sign("Valued customer", "star"),
}

MOODS: Mapping[str, Sign] = {
    Emotion.ANGRY: Sign("Angry", "unhappy", "unhappy"),
    Emotion.FRUSTRATED: Sign("Frustrated", "unhappy", "unhappy"),
    Emotion.SAD: Sign("Sad", "unhappy", "unhappy"),
    Emotion.WORRIED: Sign("Worried", "unhappy", "unhappy"),
    Emotion.PLEASED: Sign("Pleased", "pleased", "pleased"),
    Emotion.DELIGHTED: Sign("Delighted", "pleased", "pleased"),
}

CHANNELS: Mapping[str, Sign] = {
    Channel.WEB: Sign("Web chat", "web"),
    Channel.WHATSAPP: Sign("WhatsApp", "phone"),
    Channel.EMAIL: Sign("E-mail", "mail"),
    Channel.PHONE: Sign("Phone", "phone"),
    Channel.COUNTER: Sign("Counter", "shop"),
    Channel.SHOP: Sign("Web shop", "shop"),
}

MODES: Mapping[str, Sign] = {
    Mode.BOT: Sign("With the bot", "bot", "bot"),
    Mode.QUEUED: Sign("Waits for a person", "clock", "waiting"),
    Mode.PERSON: Sign("With a person", "person", "person"),
    Mode.CLOSED: Sign("Closed", "check"),
}

DELIVERIES: Mapping[str, Sign] = {
    Delivery.PENDING: Sign("Being sent", "clock"),
    Delivery.SENT: Sign("Sent", "check"),
    Delivery.DELIVERED: Sign("Delivered", "checks"),
    Delivery.READ: Sign("Read", "checks", "person"),
    Delivery.FAILED: Sign("Not delivered", "alert", "overdue"),
    Delivery.WITHDRAWN: Sign("Not sent after all", "close"),
    Delivery.UNKNOWN: Sign("Not known whether it arrived", "question", "due-soon"),
}

NO_MAILBOX = Sign("No mailbox there", "alert", "due-soon")

CASE_STATES: Mapping[str, Sign] = {
    CaseState.OPEN: Sign("Open", "clock", "waiting"),
    CaseState.WAITING_APPROVAL: Sign("Waits for approval", "scales", "due-soon"),
    CaseState.HANDED_OVER: Sign("With a person", "person", "person"),
    CaseState.RESOLVED: Sign("Resolved", "check", "pleased"),
    CaseState.WITHDRAWN: Sign("Withdrawn", "close"),
}

PROMISE_STATES: Mapping[str, Sign] = {
    "open": Sign("Open", "clock", "waiting"),
    "kept": Sign("Kept", "check", "pleased"),
    "broken": Sign("Broken", "alert", "overdue"),
    "replaced": Sign("Said anew", "check", "plain"),
    "withdrawn": Sign("No promise", "close", "plain"),
}

SNOOZES: Mapping[str, str] = {
    Snooze.UNTIL_TIME: "Put aside until",
    Snooze.UNTIL_ANSWER: "Put aside until the customer answers",
}

# What the bot then says is in domain.yml, utter_handed_back_…
OUTCOMES: Mapping[str, str] = {
    Outcome.SOLVED: "Solved",
    Outcome.REPLACEMENT_ORDERED: "Replacement ordered",
    Outcome.REFUND_DONE: "Refund done",
    Outcome.WAITING_FOR_CUSTOMER: "Waiting for the customer",
    Outcome.NOTHING_TO_DO: "Nothing more to do",
}

PURPOSES: Mapping[str, str] = {
    Purpose.MARKETING: "Offers, anniversaries, review requests",
    Purpose.RESEARCH: "Questions about their opinion",
    Purpose.SERVICE: "Words about their orders that they did not ask for",
}

KINDS: Mapping[str, str] = {kind.value: kind.replace("_", " ").capitalize() for kind in CaseKind}
RESOLUTIONS: Mapping[str, str] = {
    Resolution.REPLACEMENT: "Replacement",
    Resolution.REFUND: "Refund",
    Resolution.EXCHANGE: "Exchange",
    Resolution.REPAIR: "Repair",
    Resolution.KEEP_ITEM: "Refund, and they keep it",
    Resolution.GOODWILL: "Goodwill",
    Resolution.HANDED_OVER: "Handed over",
    Resolution.NONE: "Nothing given",
}

PRIORITIES = ("normal", "high", "urgent")


def sign_of(signs: Mapping[str, Sign], name: str) -> Sign:
    """The sign, or the plain word for one that is newer than this page."""
    return signs.get(name) or Sign(plain(name), "dot")


def plain(name: str) -> str:
    return name.replace("_", " ").replace(".", " ").capitalize()


def span(seconds: float) -> str:
    """How long, in one unit: "under a minute", "4 min", "3 h", "2 days"."""
    minutes = int(abs(seconds) // 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


@dataclass(frozen=True)
class Clock:
    """How a deadline stands now."""

    words: str
    icon: str
    tone: str
    at: datetime


def due(at: datetime | None, now: datetime, what: str = "Answer") -> Clock | None:
    if at is None:
        return None
    left = at - now
    if left < timedelta(0):
        return Clock(f"{what} overdue {span(left.total_seconds())}", "alert", "overdue", at)
    tone = "due-soon" if left <= SOON else "waiting"
    return Clock(f"{what} due in {span(left.total_seconds())}", "clock", tone, at)
