"""What asks for attention besides the queue: approvals that wait for a lead, promises due by
tomorrow, and what was decided just now, for whoever asked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from careline.desk.promises import broken_mark, due_mark
from careline.journey.models import Audit, Case
from careline.journey.words import CaseState

JUST_NOW = timedelta(minutes=1)
_DECISIONS = {"case.approved": "approved", "case.declined": "declined"}


@dataclass(frozen=True)
class Decided:
    """A lead's word on what a colleague asked for."""

    id: str
    asked_by: str  # staff id; "" for what the bot asked
    said: str
    conversation_id: str | None


@dataclass(frozen=True)
class Attention:
    approvals: int = 0
    promises: int = 0
    decided: tuple[Decided, ...] = ()
    approvals_mark: str = ""  # another one: what the page of approvals shows has changed
    promises_mark: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """By the pages of the navigation."""
        return {"approvals": self.approvals, "promises": self.promises}

    @property
    def marks(self) -> dict[str, str]:
        return {"approvals": self.approvals_mark, "promises": self.promises_mark}


def look(session: Session, now: datetime) -> Attention:
    """For everybody at once: who may see what is for the page to say."""
    # Literally the condition of the index that this is counted from.
    waits = Case.state == literal_column(f"'{CaseState.WAITING_APPROVAL.value}'")
    asked = session.execute(select(func.count(), func.max(Case.updated_at)).where(waits)).one()
    due, due_since = due_mark(session, now)
    return Attention(
        approvals=asked[0],
        promises=due,
        decided=_decided(session, now),
        approvals_mark=f"{asked[0]} {asked[1]}",
        promises_mark=f"{due} {due_since} {broken_mark(session, now)}",
    )


def _decided(session: Session, now: datetime) -> tuple[Decided, ...]:
    found = session.scalars(
        select(Audit)
        .where(Audit.at > now - JUST_NOW, Audit.did.in_(_DECISIONS))
        .order_by(Audit.at, Audit.id)
    )
    return tuple(
        Decided(
            id=one.id,
            asked_by=one.details.get("asked_by", ""),
            said=_said(one),
            conversation_id=one.details.get("conversation"),
        )
        for one in found
    )


def _said(one: Audit) -> str:
    because = one.details.get("because", "")
    words = f"{one.details['case']} was {_DECISIONS[one.did]}"
    return f"{words}: {because}" if because else f"{words}."
