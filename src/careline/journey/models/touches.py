"""Touches: what may be said to a customer unasked, when, and what was decided about it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, Numeric, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from careline.journey.models.base import ID, WORD, Dated
from careline.kit.database import Base, UtcDateTime

_LOOKED_AT = "state IN ('planned', 'sending')"


class Touch(Dated, Base):
    """One thing that a playbook would say to one customer; the row is the truth about it."""

    __tablename__ = "touch"
    __table_args__ = (
        # What is due is found among what is planned, however much lies behind.
        Index(
            "ix_touch_due",
            "due_at",
            "id",
            sqlite_where=text(_LOOKED_AT),
            postgresql_where=text(_LOOKED_AT),
        ),
        Index("ix_touch_customer", "customer_id", "state", "due_at"),
        Index("ix_touch_playbook", "playbook", "state", "sent_at"),
        Index("ix_touch_sent", "sent_at"),
        Index("ix_touch_conversation", "conversation_id", "sent_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # tch_…
    # "<playbook>:<step>:<customer>:<what it is about>": planned again, it is the same touch.
    key: Mapped[str] = mapped_column(String(300), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    playbook: Mapped[str] = mapped_column(WORD)
    step: Mapped[str] = mapped_column(WORD, default="say")
    trigger: Mapped[str] = mapped_column(String(80))  # touchpoint id, or "silence", "stage"
    trigger_at: Mapped[datetime] = mapped_column(UtcDateTime)
    about: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # {"order", "case", …}
    subject: Mapped[str] = mapped_column(String(120), default="")  # "order:10482", "case:CL-…"
    # Still waited for: the touchpoint kind that makes it due; due_at is then the latest time.
    awaits: Mapped[str | None] = mapped_column(String(60))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)  # looked at (again) from then on
    planned_for: Mapped[datetime] = mapped_column(UtcDateTime)  # as the playbook meant it
    too_late_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(WORD, default="planned")  # words.TouchState
    why: Mapped[str] = mapped_column(WORD, default="")  # words.TouchReason of the last decision
    why_note: Mapped[str] = mapped_column(String(300), default="")  # in words, for people
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    holds: Mapped[int] = mapped_column(Integer, default=0)
    # Which process is sending it, and until when it may.
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    channel: Mapped[str | None] = mapped_column(WORD)  # by which it was sent
    template: Mapped[str | None] = mapped_column(WORD)  # instead of free words, out of a window
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"))
    message_id: Mapped[str | None] = mapped_column(ID)
    email_id: Mapped[str | None] = mapped_column(ID)
    cost: Mapped[Decimal] = mapped_column(Numeric(14, 4), default=0)
    currency: Mapped[str | None] = mapped_column(String(3))
    # What came of it. For one that was held out of, too: the goal is watched there as well.
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # or held out
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    goal_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    goal_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opted_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    caused_case_id: Mapped[str | None] = mapped_column(ID)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TouchDecision(Base):
    """Each time a touch was judged otherwise than before: the reason stays in the record."""

    __tablename__ = "touch_decision"
    __table_args__ = (
        Index("ix_touch_decision_touch", "touch_id", "at"),
        Index("ix_touch_decision_at", "at"),  # the balance sheet counts those of a period
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # tcd_…
    touch_id: Mapped[str] = mapped_column(ForeignKey("touch.id"))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    decision: Mapped[str] = mapped_column(WORD)  # words.Verdict
    why: Mapped[str] = mapped_column(WORD)  # words.TouchReason
    note: Mapped[str] = mapped_column(String(300), default="")
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PlaybookPause(Dated, Base):
    """A playbook that the CX team has stopped for now; "*" stops them all."""

    __tablename__ = "playbook_pause"

    playbook: Mapped[str] = mapped_column(WORD, primary_key=True)
    paused_by: Mapped[str] = mapped_column(String(120))
    why: Mapped[str] = mapped_column(Text, default="")


class ChannelRate(Base):
    """How many touches went out by a channel in the second that is named; over all processes."""

    __tablename__ = "channel_rate"

    channel: Mapped[str] = mapped_column(WORD, primary_key=True)
    second: Mapped[datetime] = mapped_column(UtcDateTime)
    taken: Mapped[int] = mapped_column(Integer)


class ChannelTemplate(Dated, Base):
    """A template of a channel that takes nothing else outside its window, as its provider has it.

    Only an approved one is used. Whoever hears from the provider keeps the state.
    """

    __tablename__ = "channel_template"

    channel: Mapped[str] = mapped_column(WORD, primary_key=True)
    name: Mapped[str] = mapped_column(WORD, primary_key=True)
    state: Mapped[str] = mapped_column(WORD)  # words.TemplateState
    note: Mapped[str] = mapped_column(String(300), default="")  # the provider's reason


class JobLease(Base):
    """Which process hands out the jobs, and until when; one at a time over all machines."""

    __tablename__ = "job_lease"

    name: Mapped[str] = mapped_column(WORD, primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class MailLink(Dated, Base):
    """A link of an e-mail that opens a conversation; it is the first browser's that used it."""

    __tablename__ = "mail_link"

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # mln_…
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    touch_id: Mapped[str | None] = mapped_column(ID)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    browser_hash: Mapped[str | None] = mapped_column(String(64))


class IdentityLink(Dated, Base):
    """Two records of one person, joined by a verified identity; undone, it splits them again."""

    __tablename__ = "identity_link"
    __table_args__ = (Index("ix_identity_link_kept", "customer_id", "undone_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # lnk_…
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))  # who is kept
    joined_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)  # who came in
    how: Mapped[str] = mapped_column(WORD)  # code | identity | channel: what verified it
    proof: Mapped[str] = mapped_column(String(120), default="")  # conversation or code id
    # Rows that came over, by table: {"conversation": ["cnv_…"], …}; undoing moves these back.
    moved: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    linked_by: Mapped[str] = mapped_column(String(120))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str] = mapped_column(String(120), default="")
