"""The journey itself: append-only, from every channel."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from careline.journey.models.base import ID, WORD, Dated
from careline.kit.database import Base, UtcDateTime


class KeptSpan(Base):
    """A stretch of a customer's way, as last derived (journey.stages) and kept (stage_spans)."""

    __tablename__ = "stage_span"
    __table_args__ = (Index("ix_stage_span_since", "customer_id", "since"),)

    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)  # 0, 1 …
    stage: Mapped[str] = mapped_column(WORD)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rule: Mapped[str] = mapped_column(String(80))
    events: Mapped[list[str]] = mapped_column(JSON, default=list)  # ids of touchpoints


class Touchpoint(Dated, Base):
    __tablename__ = "touchpoint"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("ix_touchpoint_journey", "customer_id", "at"),
        # Those that the playbooks have not looked at yet, in the order they came.
        Index(
            "ix_touchpoint_unplanned",
            "created_at",
            "id",
            sqlite_where=text("planned_at IS NULL"),
            postgresql_where=text("planned_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # tpt_…
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)  # when it happened, not when we heard
    stage: Mapped[str] = mapped_column(WORD)  # words.Stage that the event belongs to
    channel: Mapped[str] = mapped_column(WORD)
    kind: Mapped[str] = mapped_column(String(60))  # order.delivered, case.resolved, …
    actor: Mapped[str] = mapped_column(WORD)  # words.Actor
    emotion: Mapped[str | None] = mapped_column(WORD)
    effort: Mapped[int | None] = mapped_column(Integer)  # customer's messages it took
    summary: Mapped[str] = mapped_column(String(500))  # one line
    about: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # {"order": …, "case": …}
    # The same as about["order"], so that a search by order number has an index to go by.
    order_number: Mapped[str | None] = mapped_column(WORD, index=True)
    source: Mapped[str] = mapped_column(String(60))  # careline | shop | pos | …
    source_id: Mapped[str] = mapped_column(String(200))
    # When the playbooks looked at it; these two are the only columns that are ever written again.
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # They could not, and try again from then on; others are not kept waiting.
    plan_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
