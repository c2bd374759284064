"""The closed vocabularies of the record; every value stored in a column of choice is here."""

from enum import StrEnum


class Channel(StrEnum):
    WEB = "web"
    WHATSAPP = "whatsapp"
    EMAIL = "email"
    PHONE = "phone"
    COUNTER = "counter"
    SHOP = "shop"


class Mode(StrEnum):
    """Who speaks next in a conversation."""

    BOT = "bot"
    QUEUED = "queued"
    PERSON = "person"
    CLOSED = "closed"


class Author(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    STAFF = "staff"
    SYSTEM = "system"  # Careline itself, when the bot cannot speak: the honest lines


class TurnState(StrEnum):
    """How far an inbound message has come; `waiting` and `asked` are picked up after a crash."""

    WAITING = "waiting"
    ASKED = "asked"  # the bot was asked; written before the call, so a crash is seen
    DONE = "done"  # answered
    QUEUED = "queued"  # a person has it


class Delivery(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the provider may or may not have it; not sent again


class HandoverReason(StrEnum):
    ASKED_FOR = "asked_for"
    ANGRY = "angry"
    NOT_UNDERSTOOD = "not_understood_twice"
    ACTION_FAILED = "action_failed"
    OVER_LIMIT = "over_the_limit"
    SAFETY = "safety"
    POLICY_EXCEPTION = "policy_exception"
    ASSISTANT_DOWN = "assistant_down"


class CaseKind(StrEnum):
    WRONG_ITEM = "wrong_item"
    FAULTY = "faulty"
    MISSING = "missing"
    RETURN = "return"
    EXCHANGE = "exchange"
    REFUND = "refund"
    DELIVERY = "delivery"
    CANCEL = "cancel"
    CHANGE = "change"
    BILLING = "billing"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"


class CaseState(StrEnum):
    OPEN = "open"
    WAITING_APPROVAL = "waiting_approval"
    HANDED_OVER = "handed_over"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


class Resolution(StrEnum):
    REPLACEMENT = "replacement"
    REFUND = "refund"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    KEEP_ITEM = "keep_item"
    GOODWILL = "goodwill"
    HANDED_OVER = "handed_over"
    NONE = "none"


class Emotion(StrEnum):
    """From the worst to the best; `valence` in journey.emotion gives them numbers."""

    ANGRY = "angry"
    FRUSTRATED = "frustrated"
    SAD = "sad"
    WORRIED = "worried"
    NEUTRAL = "neutral"
    PLEASED = "pleased"
    DELIGHTED = "delighted"


class Stage(StrEnum):
    AWARENESS = "awareness"
    CONSIDERATION = "consideration"
    PURCHASE = "purchase"
    DELIVERY = "delivery"
    USE = "use"
    SERVICE = "service"
    LOYALTY = "loyalty"
    LEAVING = "leaving"
    RETURNING = "returning"


class Actor(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    STAFF = "staff"
    SHOP = "shop"
    CARELINE = "careline"


class FeedbackKind(StrEnum):
    CSAT = "csat"
    CES = "ces"
    NPS = "nps"
    REVIEW = "review"


class Role(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"
    LEAD = "lead"
    CX = "cx"
    ADMIN = "admin"
    MACHINE = "machine"
