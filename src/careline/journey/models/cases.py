"""What went wrong and what was done: cases, promises, amends, feedback, suggestions."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from careline.journey.models.base import ID, WORD, Dated
from careline.kit.database import Base, UtcDateTime


class Case(Dated, Base):
    __tablename__ = "case"
    __table_args__ = (
        Index("ix_case_customer_state", "customer_id", "state"),
        Index("ix_case_line", "order_number", "line_id"),
        # Counted for the navigation of every page of the desk.
        Index(
            "ix_case_waiting",
            "updated_at",
            sqlite_where=text("state = 'waiting_approval'"),
            postgresql_where=text("state = 'waiting_approval'"),
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # cas_…
    number: Mapped[str] = mapped_column(String(20), unique=True)  # CL-100001, said to customers
    # The request that opened it (conversation, message, topic): asked again, it is the same case.
    key: Mapped[str] = mapped_column(String(200), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    kind: Mapped[str] = mapped_column(WORD)  # words.CaseKind
    state: Mapped[str] = mapped_column(WORD, default="open")  # words.CaseState
    order_number: Mapped[str | None] = mapped_column(WORD)
    line_id: Mapped[str | None] = mapped_column(ID)
    quantity: Mapped[int] = mapped_column(Integer, default=1)
    wished: Mapped[str | None] = mapped_column(WORD)  # words.Resolution, as the customer asked
    resolution: Mapped[str | None] = mapped_column(WORD)  # words.Resolution, as it was done
    amount: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    currency: Mapped[str | None] = mapped_column(String(3))
    shop_reference: Mapped[str | None] = mapped_column(String(80))  # refund, return, new order
    root_cause: Mapped[str | None] = mapped_column(WORD)
    owner: Mapped[str | None] = mapped_column(WORD)  # department that owns the root cause
    details: Mapped[str] = mapped_column(Text, default="")  # in the customer's words
    reason: Mapped[str] = mapped_column(WORD, default="")  # doesnt_fit, arrived_broken, …
    # What was chosen, written before the shop is asked, and what came of it. A case with the
    # first and without the second was cut short: service.settlement.recover carries it out.
    chosen: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # service level: resolved by
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopened: Mapped[int] = mapped_column(Integer, default=0)


class Counter(Base):
    """The last number given out, by name; a row, so that its lock keeps numbers apart."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(WORD, primary_key=True)
    value: Mapped[int] = mapped_column(Integer)


class Promise(Dated, Base):
    """Something said to a customer with a date: it is kept, or they hear from us first."""

    __tablename__ = "promise"
    __table_args__ = (Index("ix_promise_due", "state", "due_on"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # prm_…
    key: Mapped[str] = mapped_column(String(200), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"))
    what: Mapped[str] = mapped_column(String(80))  # refund_paid, replacement_delivered, …
    due_on: Mapped[date] = mapped_column(Date)  # in the customer's time zone
    state: Mapped[str] = mapped_column(WORD, default="open")  # open kept broken replaced withdrawn
    reference: Mapped[str | None] = mapped_column(String(80))
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # past due: when to look again
    # Said by a person: where, by whom, and in which words.
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    staff_id: Mapped[str | None] = mapped_column(ID)
    words: Mapped[str | None] = mapped_column(Text)


class Goodwill(Dated, Base):
    """A gift, to make up for something or for joy; at most one for each case and each touch."""

    __tablename__ = "goodwill"

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # gdw_…
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"), unique=True)
    touch_id: Mapped[str | None] = mapped_column(ID, unique=True)  # given by a playbook
    what: Mapped[str] = mapped_column(WORD)  # store_credit | voucher | gift
    worth: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    currency: Mapped[str] = mapped_column(String(3))
    why: Mapped[str] = mapped_column(Text)
    approved_by: Mapped[str] = mapped_column(String(80))  # policy, or a staff member
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shop_reference: Mapped[str | None] = mapped_column(String(80))


class Feedback(Dated, Base):
    __tablename__ = "feedback"

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # fbk_…
    key: Mapped[str] = mapped_column(String(200), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"))
    kind: Mapped[str] = mapped_column(WORD)  # words.FeedbackKind
    score: Mapped[int | None] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(Text, default="")
    about: Mapped[str] = mapped_column(String(120), default="")
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Suggestion(Dated, Base):
    """An idea of customers, with an owner outside support and those to tell when it is done."""

    __tablename__ = "suggestion"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # sug_…
    key: Mapped[str] = mapped_column(String(200))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case.id"))
    words: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(WORD)
    state: Mapped[str] = mapped_column(WORD, default="new")  # new | considered | done | declined
    tell_customer: Mapped[bool] = mapped_column(default=True)
    same_as: Mapped[str | None] = mapped_column(ID, index=True)  # the first one with this idea
    changed: Mapped[str] = mapped_column(Text, default="")  # what came of it, for customers
