"""Who works at the desk, how they came in, and who saw or changed what."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from careline.journey.models.base import ID, WORD, Dated
from careline.kit.database import Base, UtcDateTime


class Staff(Dated, Base):
    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # stf_…
    email: Mapped[str] = mapped_column(String(320), unique=True)  # in lower case
    name: Mapped[str] = mapped_column(String(80))  # as colleagues and customers see it
    role: Mapped[str] = mapped_column(WORD)  # words.Role
    teams: Mapped[list[str]] = mapped_column(
        JSON, default=list
    )  # of service_levels.yml, owners.yml
    capacity: Mapped[int | None] = mapped_column(Integer)  # conversations at once; none: no limit
    active: Mapped[bool] = mapped_column(default=True)
    signature: Mapped[str] = mapped_column(String(300), default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))  # argon2; none: cannot sign in
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_used: Mapped[int | None] = mapped_column(Integer)  # the last code's time step; never twice


class StaffSession(Dated, Base):
    """One signed-in browser; ended ones stay for the audit until they are swept out."""

    __tablename__ = "staff_session"
    __table_args__ = (Index("ix_staff_session_staff", "staff_id", "expires_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # sse_…; what lists and buttons name
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    csrf: Mapped[str] = mapped_column(String(64))
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))  # the browser, as it calls itself
    by: Mapped[str] = mapped_column(WORD)  # password, provider


class SignInAttempt(Dated, Base):
    """A try that was not (yet) right; those of the last minutes throttle the next."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_account", "account", "at"),
        Index("ix_sign_in_attempt_address", "address", "at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # try_…
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    account: Mapped[str] = mapped_column(String(64))  # a hash: people type passwords there too
    address: Mapped[str] = mapped_column(String(64))


class Audit(Dated, Base):
    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_at", "at"),
        Index("ix_audit_subject", "subject"),
        Index("ix_audit_who", "who", "at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # aud_…
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String(120))  # role:subject of the token
    role: Mapped[str] = mapped_column(WORD)
    did: Mapped[str] = mapped_column(String(80))  # customer.read, journey.read, customer.erased …
    subject: Mapped[str] = mapped_column(String(80), default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
