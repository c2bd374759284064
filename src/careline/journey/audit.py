"""Write down who saw or changed what; refusals are not views and are not written here."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from careline.journey.models import Audit, Staff
from careline.kit.ids import new_id


def note(
    session: Session,
    now: datetime,
    *,
    who: str,
    role: str,
    did: str,
    subject: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """`subject` is an id or a number of ours, never a name or an address."""
    session.add(
        Audit(
            id=new_id("aud"),
            at=now,
            who=who,
            role=role,
            did=did,
            subject=subject,
            details=details or {},
            created_at=now,
            updated_at=now,
        )
    )


def note_by(
    session: Session,
    now: datetime,
    who: Staff,
    did: str,
    *,
    subject: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """What a colleague saw or changed."""
    name = named(who.role, who.id)
    note(session, now, who=name, role=who.role, did=did, subject=subject, details=details)


def named(role: str, staff_id: str) -> str:
    """A colleague as the audit names them."""
    return f"{role}:{staff_id}"
