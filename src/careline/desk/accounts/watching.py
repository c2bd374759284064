"""Read the audit: who saw or changed what, newest first, by person, customer and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from careline.journey import audit
from careline.journey.models import Audit, Customer, Staff
from careline.journey.repository import get_customer
from careline.kit.errors import NotFound

PAGE = 100


@dataclass(frozen=True)
class Line:
    """One line, with the names that its ids stand for."""

    id: str
    at: datetime
    who: str
    name: str  # of the colleague; empty for machines and tokens
    role: str
    did: str
    subject: str
    subject_name: str  # of the customer or colleague; empty if it is neither, or erased
    is_customer: bool
    details: dict[str, Any]


@dataclass(frozen=True)
class Page:
    lines: Sequence[Line]
    after: str | None  # give it back for what is older


def read(
    session: Session,
    *,
    staff_id: str = "",
    customer: str = "",
    did: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    after: str = "",
) -> Page:
    """`customer` is our id, the shop's or an e-mail address. Raises NotFound for nobody."""
    query = select(Audit).order_by(Audit.at.desc(), Audit.id.desc()).limit(PAGE + 1)
    if staff_id:
        roles = ("staff", "lead", "cx", "admin")  # theirs then may not be theirs now
        query = query.where(Audit.who.in_([audit.named(role, staff_id) for role in roles]))
    if customer:
        query = query.where(Audit.subject == _subject(session, customer))
    if did:
        query = query.where(Audit.did == did)
    if since:
        query = query.where(Audit.at >= since)
    if until:
        query = query.where(Audit.at < until)
    if last := session.get(Audit, after) if after else None:
        query = query.where(or_(Audit.at < last.at, and_(Audit.at == last.at, Audit.id < last.id)))
    rows = session.scalars(query).all()
    lines = _named(session, rows[:PAGE])
    return Page(lines, lines[-1].id if len(rows) > PAGE else None)


def _subject(session: Session, ref: str) -> str:
    try:
        return get_customer(session, ref.strip()).id
    except NotFound:
        # Erased customers are no more, what was done with them is still to be found.
        if ref.strip().startswith(("cus_", "stf_")):
            return ref.strip()
        raise


def _named(session: Session, rows: Sequence[Audit]) -> list[Line]:
    ids = {row.who.partition(":")[2] for row in rows} | {row.subject for row in rows}
    staff = dict(session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(ids))).all())
    customers = dict(
        session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids))).all()
    )
    return [
        Line(
            id=row.id,
            at=row.at,
            who=row.who,
            name=staff.get(row.who.partition(":")[2], ""),
            role=row.role,
            did=row.did,
            subject=row.subject,
            subject_name=customers.get(row.subject) or staff.get(row.subject) or "",
            is_customer=row.subject in customers,
            details={k: v for k, v in row.details.items() if v not in ("", None) and k != "page"},
        )
        for row in rows
    ]
