"""Every view of a customer's data is in the audit: one line a person, thing and quarter hour,
so that a page which shows itself again ten times a minute is still one view. The rows of the
queue are one line a customer and working day: they are on the screen all the time.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select

from careline.desk.door import Member
from careline.desk.pages.parts import Desk
from careline.journey import audit
from careline.journey.models import Audit

ONE_VIEW = timedelta(minutes=15)
ONE_GLANCE = timedelta(hours=12)  # of rows


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


def note_each(desk: Desk, member: Member, did: str, customers: Collection[str]) -> None:
    """The same of all whose rows are shown at once."""
    if not customers:
        return
    now = desk.now()
    with desk.database.read() as session:
        lately = session.scalars(
            select(Audit.subject).where(
                Audit.subject.in_(customers),
                Audit.who == member.who,
                Audit.did == did,
                Audit.at > now - ONE_GLANCE,
            )
        ).all()
    new = sorted(set(customers).difference(lately))
    if not new:
        return
    with desk.database.begin() as session:
        for customer_id in new:
            audit.note(
                session,
                now,
                who=member.who,
                role=member.role,
                did=did,
                subject=customer_id,
                details={"page": True},
            )
