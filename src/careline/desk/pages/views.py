"""Every view of a customer's data is in the audit: one line a person, thing and quarter hour,
so that a page which shows itself again ten times a minute is still one view."""

from datetime import timedelta

from sqlalchemy import select

from careline.desk.door import Member
from careline.desk.pages.parts import Desk
from careline.journey import audit
from careline.journey.models import Audit

ONE_VIEW = timedelta(minutes=15)


def note(desk: Desk, member: Member, did: str, subject: str, **about: str) -> None:
    """Before anything is shown. Called with no unit of work open."""
    now = desk.now()
    details = {"page": True, **about}
    with desk.database.read() as session:
        lately = session.scalars(
            select(Audit.details).where(
                Audit.subject == subject,
                Audit.who == member.who,
                Audit.did == did,
                Audit.at > now - ONE_VIEW,
            )
        ).all()
    if details in lately:
        return
    with desk.database.begin() as session:
        audit.note(
            session,
            now,
            who=member.who,
            role=member.role,
            did=did,
            subject=subject,
            details=details,
        )
