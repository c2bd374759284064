"""Records that turned out to be one person: which one is kept, and which came into it.

A joined record stays as an empty shell, so that whoever still has its id finds the person, and
so that the join can be undone (service.linking).
"""

from collections.abc import Sequence

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from careline.journey.models import IdentityLink

_IS_JOINED = select(
    exists().where(
        IdentityLink.customer_id == bindparam("customer"), IdentityLink.undone_at.is_(None)
    )
)


def kept_for(session: Session, customer_id: str) -> str:
    """The record that stands for this person now; the same one if it was never joined."""
    found = customer_id
    while (into := _joined_into(session, found)) is not None:
        found = into
    return found


def all_of(session: Session, customer_id: str) -> list[str]:
    """The record and those that came into it, and into those."""
    found = [customer_id]
    for one in found:
        found += session.scalars(
            select(IdentityLink.joined_id).where(
                IdentityLink.customer_id == one, IdentityLink.undone_at.is_(None)
            )
        )
    return found


def is_joined(session: Session, customer_id: str) -> bool:
    """Whether another record came into this one."""
    return session.scalar(_IS_JOINED, {"customer": customer_id}) is True


def links_of(session: Session, customer_ids: Sequence[str]) -> Sequence[IdentityLink]:
    """The joins that hold now, of these records with those that came into them; oldest first."""
    return session.scalars(
        select(IdentityLink)
        .where(IdentityLink.customer_id.in_(customer_ids), IdentityLink.undone_at.is_(None))
        .order_by(IdentityLink.created_at, IdentityLink.id)
    ).all()


def _joined_into(session: Session, customer_id: str) -> str | None:
    return session.scalar(
        select(IdentityLink.customer_id).where(
            IdentityLink.joined_id == customer_id, IdentityLink.undone_at.is_(None)
        )
    )
