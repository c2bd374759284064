"""Signed-in browsers: a random token in a cookie, its hash and its CSRF token in the record.

A new one is made at each signing in, whatever the browser brought along; it ends by signing
out, by an admin, with a new password, after hours unused, and at the end of its day.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from careline.journey.models import Staff, StaffSession
from careline.kit.errors import NotFound
from careline.kit.ids import new_id

UNUSED = timedelta(hours=4)  # then it ends, also before its day does
SEEN_EVERY = timedelta(minutes=1)  # how exactly "last seen" is known
KEPT = timedelta(days=30)  # after its end, for the list of those that were


@dataclass(frozen=True)
class Browser:
    """Where somebody signs in from."""

    address: str
    agent: str


def begin(
    session: Session,
    now: datetime,
    staff_id: str,
    browser: Browser,
    lifetime: timedelta,
    by: str,
) -> str:
    """The token for the cookie; it is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(StaffSession).where(StaffSession.expires_at < now - KEPT))
    session.add(
        StaffSession(
            id=new_id("sse"),
            token_hash=_hash(token),
            staff_id=staff_id,
            csrf=secrets.token_urlsafe(32),
            last_seen_at=now,
            expires_at=now + lifetime,
            address=browser.address[:64],
            agent=browser.agent[:200],
            by=by,
            created_at=now,
            updated_at=now,
        )
    )
    return token


def read(session: Session, now: datetime, token: str) -> tuple[StaffSession, Staff] | None:
    """Whose browser it is; none for what is over, or of somebody who has left."""
    found = session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.token_hash == _hash(token), Staff.active.is_(True), *_alive(now))
    ).first()
    return (found[0], found[1]) if found else None


def is_alive(session: Session, now: datetime, session_id: str) -> bool:
    """Whether it goes on, and whoever signed in still works here."""
    found = session.scalar(
        select(StaffSession.id)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.id == session_id, Staff.active.is_(True), *_alive(now))
    )
    return found is not None


def seen(session: Session, now: datetime, session_id: str) -> None:
    session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id)
        .values(last_seen_at=now, updated_at=now)
    )


def of(session: Session, now: datetime, staff_id: str) -> Sequence[StaffSession]:
    """Those that are open, the last used first."""
    return session.scalars(
        select(StaffSession)
        .where(StaffSession.staff_id == staff_id, *_alive(now))
        .order_by(StaffSession.last_seen_at.desc())
    ).all()


def end(session: Session, now: datetime, session_id: str, staff_id: str) -> None:
    """One of this person's. Raises NotFound."""
    found = session.get(StaffSession, session_id)
    if found is None or found.staff_id != staff_id:
        raise NotFound("There is no such session.")
    if found.ended_at is None:
        found.ended_at = found.updated_at = now


def end_token(session: Session, now: datetime, token: str) -> None:
    """What the browser brought along, whoever's it was."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.token_hash == _hash(token), StaffSession.ended_at.is_(None))
        .values(ended_at=now, updated_at=now)
    )


def end_all(session: Session, now: datetime, staff_id: str, *, but: str = "") -> None:
    session.execute(
        update(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.id != but,
            StaffSession.ended_at.is_(None),
        )
        .values(ended_at=now, updated_at=now)
    )


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        StaffSession.ended_at.is_(None),
        StaffSession.expires_at > now,
        StaffSession.last_seen_at > now - UNUSED,
    )


def _hash(token: str) -> str:
    # 256 random bits, so a plain hash is enough; surrogates may come in a cookie.
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
