"""Who saw or changed what."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from careline.journey.models.base import ID, WORD, Dated
from careline.kit.database import Base, UtcDateTime


class Audit(Dated, Base):
    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at"), Index("ix_audit_subject", "subject"))

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # aud_…
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(120))  # role:subject of the token
    role: Mapped[str] = mapped_column(WORD)
    did: Mapped[str] = mapped_column(String(80))  # customer.read, journey.read, customer.erased …
    subject: Mapped[str] = mapped_column(String(80), default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
