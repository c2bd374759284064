"""Colleagues of the demo, so that a newcomer can open the desk at once; in demo mode alone."""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.desk.accounts import passwords, team
from careline.journey.models import Staff
from careline.journey.words import Role

COLLEAGUES = (
    ("lena@harbour-vine.example", "Lena Marsh", Role.STAFF),
    ("tom@harbour-vine.example", "Tom Hale", Role.STAFF),
    ("ines@harbour-vine.example", "Ines Ortega", Role.LEAD),
    ("ada@harbour-vine.example", "Ada Brandt", Role.ADMIN),
)


def password(secret: str) -> str:
    """One for all of them, of this installation's own: a demo left open is no open door."""
    digest = hmac.new(secret.encode(), b"demo colleagues", hashlib.sha256).hexdigest()
    return f"boots-{digest[:10]}"


def hire_if_nobody_works_here(session: Session, now: datetime, secret: str) -> None:
    if session.scalar(select(Staff.id).limit(1)):
        return
    for email, name, role in COLLEAGUES:
        who = team.hire(session, now, email=email, name=name, role=role, teams=["support"])
        who.password_hash = passwords.hashed(password(secret), email=email, name=name)


def still_working(session: Session, secret: str) -> list[Staff]:
    """Those who can still sign in with that password."""
    people = [team.by_email(session, email) for email, _, _ in COLLEAGUES]
    return [
        who
        for who in people
        if who and who.active and passwords.matches(who.password_hash, password(secret))
    ]
