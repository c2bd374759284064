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
from careline.journey.models.desk import Note, Notice
from careline.journey.models.message_words import is_index_of_words
from careline.journey.models.staff import Audit, SignInAttempt, Staff, StaffSession
from careline.journey.models.touches import (
    ChannelRate,
    ChannelTemplate,
    IdentityLink,
    JobLease,
    MailLink,
    PlaybookPause,
    Touch,
    TouchDecision,
)
from careline.journey.models.touchpoints import KeptSpan, Touchpoint

__all__ = [
    "Attachment",
    "Audit",
    "Case",
    "ChannelRate",
    "ChannelTemplate",
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
    "IdentityLink",
    "JobLease",
    "KeptSpan",
    "MailLink",
    "Message",
    "Note",
    "Notice",
    "OneTimeCode",
    "PlaybookPause",
    "Promise",
    "SignInAttempt",
    "Staff",
    "StaffSession",
    "Suggestion",
    "Touch",
    "TouchDecision",
    "Touchpoint",
    "is_index_of_words",
]
