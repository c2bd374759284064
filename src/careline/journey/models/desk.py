"""What staff write for each other, and what is told outside when somebody waits too long."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from careline.journey.models.base import ID, WORD, Dated
from careline.kit.database import Base, UtcDateTime


class Note(Dated, Base):
    """A staff member's words to colleagues. A table of its own: no query of what customers
    see can show one."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_customer", "customer_id", "created_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # nte_…
    key: Mapped[str] = mapped_column(String(200), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    staff_id: Mapped[str] = mapped_column(ID)
    author_name: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)


class Notice(Dated, Base):
    """A signed call to somebody else's address, tried until it is taken; its id is the
    delivery's, so that the receiver can tell a repeat."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_delivery", "delivery", "retry_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # ntc_…
    key: Mapped[str] = mapped_column(String(200), unique=True)  # what it is about; sent once
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    url: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    delivery: Mapped[str] = mapped_column(WORD, default="pending")  # words.Delivery
    tries: Mapped[int] = mapped_column(Integer, default=0)
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivery_note: Mapped[str] = mapped_column(String(300), default="")
