"""Conversations, their messages, and what carries them: sessions, attachments, e-mails."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from careline.journey.models.base import ID, WORD, Dated
from careline.kit.database import Base, UtcDateTime


class Conversation(Dated, Base):
    __tablename__ = "conversation"
    __table_args__ = (
        Index("ix_conversation_queue", "mode", "due_at"),
        # All that the queue's views, order and counts go by, for the open ones alone: bot turns
        # do not touch it, and no row is read but those that are shown.
        Index(
            "ix_conversation_open",
            "mode",
            "holder",
            "rank_at",
            "due_at",
            "resolve_by",
            "team",
            "snoozed",
            "channel",
            "last_message_at",
            "updated_at",
            "customer_id",
            "id",
            sqlite_where=text("mode IN ('queued', 'person')"),
            postgresql_where=text("mode IN ('queued', 'person')"),
        ),
        Index("ix_conversation_holder", "holder", "mode"),
        # Asked in every turn: is a person in charge of this customer?
        Index(
            "ix_conversation_held",
            "customer_id",
            sqlite_where=text("mode = 'person'"),
            postgresql_where=text("mode = 'person'"),
        ),
        Index("ix_conversation_handback", "handback_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # cnv_…; also Rasa's sender_id
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    channel: Mapped[str] = mapped_column(WORD)
    mode: Mapped[str] = mapped_column(WORD, default="bot")  # words.Mode
    holder: Mapped[str | None] = mapped_column(String(80))  # the staff member in charge
    # How the customer proved who they are: "" not at all, else identity | code | channel |
    # email_link.
    verified_by: Mapped[str] = mapped_column(WORD, default="")
    priority: Mapped[int] = mapped_column(Integer, default=0)  # higher is more urgent
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a person answers by then
    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handover_reason: Mapped[str] = mapped_column(WORD, default="")  # words.HandoverReason
    handover_summary: Mapped[str] = mapped_column(Text, default="")
    last_message_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Which app process is handling a turn here, and until when it may; see conversation.turn.
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Counters that the dialogue's limits need across Rasa's sessions.
    angry_messages: Mapped[int] = mapped_column(Integer, default=0)

    # With people: whose it is and which clocks run (conversation.staff).
    team: Mapped[str | None] = mapped_column(WORD)  # of service_levels.yml; none: support
    reasons: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))  # of its urgency
    rank_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # due, less what is urgent in it
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # for a person's word
    assigned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolve_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    missed_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # noted as missed: due_at
    alerted_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # told outside: due_at
    missed_resolve_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    snoozed: Mapped[str | None] = mapped_column(WORD)  # words.Snooze
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The conversation of the same customer that its holder came by; it ends when that one does.
    joined_to: Mapped[str | None] = mapped_column(ID)
    merged_into: Mapped[str | None] = mapped_column(ID)
    root_cause: Mapped[str | None] = mapped_column(WORD)  # said when a person resolved it
    owner: Mapped[str | None] = mapped_column(WORD)
    # What a person decided and the bot has yet to speak of: {"key", "outcome", "words", …}.
    handback: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    handback_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when to try that
    # The request that the bot has in hand, with the answers given, while a question of it stands:
    # {"task", "waiting"}. The same customer's next conversation goes on from it.
    left_open: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    left_open_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_position: Mapped[int | None] = mapped_column(Integer)  # the customer has seen up to here
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the page last told that


class Message(Dated, Base):
    """One message, either way. Inbound: the turn it asks for is in `turn_state`."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "direction", "provider_id"),
        Index("ix_message_turn_state", "turn_state", "retry_at"),
        UniqueConstraint("conversation_id", "position"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # msg_…
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    position: Mapped[int] = mapped_column(Integer)  # 1, 2, 3 … within the conversation
    direction: Mapped[str] = mapped_column(WORD)  # in | out
    author: Mapped[str] = mapped_column(WORD)  # words.Author
    text: Mapped[str] = mapped_column(Text, default="")  # masked: no card numbers, codes, passwords
    payload: Mapped[str | None] = mapped_column(Text)  # inbound: the button that was pressed
    buttons: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    card: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # The customer's (or provider's) own id for an inbound message; for a reply, "<in>:<n>", so
    # that a turn which is answered again cannot add its replies again.
    provider_id: Mapped[str] = mapped_column(String(200))
    reply_to: Mapped[str | None] = mapped_column(ForeignKey("message.id"), index=True)
    # What the bot understood (inbound) and how the customer felt.
    intent: Mapped[str | None] = mapped_column(String(80))
    confidence: Mapped[float | None] = mapped_column(Float)
    understood: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    emotion: Mapped[str | None] = mapped_column(WORD)
    # Inbound: what the edge found out and the assistant must know, e.g. {"code": {…}}.
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    delivery: Mapped[str] = mapped_column(WORD, default="pending")  # words.Delivery
    delivery_note: Mapped[str] = mapped_column(String(300), default="")
    # Inbound only: words.TurnState, the tries so far, and when the next one may be made.
    turn_state: Mapped[str | None] = mapped_column(WORD)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    turn_note: Mapped[str] = mapped_column(String(300), default="")
    staff_id: Mapped[str | None] = mapped_column(ID)  # who wrote it, when author is staff
    author_name: Mapped[str | None] = mapped_column(String(80))  # as the customer sees it


class Attachment(Dated, Base):
    __tablename__ = "attachment"

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # att_…
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    message_id: Mapped[str | None] = mapped_column(ForeignKey("message.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(Integer)  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class ChatSession(Dated, Base):
    """A web chat token (only its hash is kept) and the conversation that it opens."""

    __tablename__ = "chat_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Email(Dated, Base):
    """An e-mail in our outbox; written before it is sent, `unknown` if that was cut short."""

    __tablename__ = "email"
    __table_args__ = (
        Index("ix_email_delivery", "delivery", "created_at"),
        # What leaves next is found among what waits, however much has left.
        Index(
            "ix_email_waiting",
            "priority",
            "created_at",
            sqlite_where=text("delivery = 'pending'"),
            postgresql_where=text("delivery = 'pending'"),
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # eml_…
    key: Mapped[str] = mapped_column(String(200), unique=True)  # what it is about; sent once
    to: Mapped[str] = mapped_column(String(320))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)  # emptied of its code once sent by SMTP
    html: Mapped[str] = mapped_column(Text, default="")  # beside the text; empty: text alone
    headers: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    touch_id: Mapped[str | None] = mapped_column(ID)  # when a playbook wrote it
    delivery: Mapped[str] = mapped_column(WORD, default="pending")
    priority: Mapped[int] = mapped_column(Integer, default=1)  # words.MailPriority: lowest first
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # not (again) before that
    too_late_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # none: a day after it came
    tries: Mapped[int] = mapped_column(Integer, default=0)
    delivery_note: Mapped[str] = mapped_column(String(300), default="")
