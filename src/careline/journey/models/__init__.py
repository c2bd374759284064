"""The record's tables, gathered; each module holds those of one subject."""

from careline.journey.models.cases import Case, Counter, Feedback, Goodwill, Promise, Suggestion
from careline.journey.models.conversations import (
    Attachment,
    ChatSession,
    Conversation,
    Email,
    Message,
)
from careline.journey.models.customers import Consent, Customer, Erasure, Identity, OneTimeCode
from careline.journey.models.staff import Audit
from careline.journey.models.touchpoints import Touchpoint

__all__ = [
    "Attachment",
    "Audit",
    "Case",
    "ChatSession",
    "Consent",
    "Conversation",
    "Counter",
    "Customer",
    "Email",
    "Erasure",
    "Feedback",
    "Goodwill",
    "Identity",
    "Message",
    "OneTimeCode",
    "Promise",
    "Suggestion",
    "Touchpoint",
]
