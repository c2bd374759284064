"""Forget a customer completely, and see to it that late events do not bring them back.

Every table of the record is covered by what links it to a customer (belongings.py); a
receipt says how many rows went from which. What stays: the audit (ids only), and a slow
hash of each address, by which an event that was under way is recognised and refused.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from careline.journey.belongings import belongings
from careline.journey.joined import all_of, kept_for
from careline.journey.message_words import mark_erased
from careline.journey.models import Conversation, Customer, Erasure, Identity, Message
from careline.kit.database import Base
from careline.kit.errors import CarelineError, NotFound


class CustomerErased(CarelineError):
    """This person was erased on request; events about the time before are not taken."""

    code = "customer_erased"
    status = 410


@dataclass(frozen=True)
class Receipt:
    customer_id: str
    at: datetime
    rows: dict[str, int]  # rows erased, by table
    conversations: tuple[str, ...]  # whose trackers in Rasa are to be erased too


def erase_customer(session: Session, customer_id: str, now: datetime) -> Receipt:
    """Delete all that belongs to the person; raises NotFound if there is no such customer.

    The edge follows it with message_words.forget_erased, once this is committed.
    """
    if session.get(Customer, customer_id) is None:
        raise NotFound(f"There is no customer {customer_id}.")
    customer_id = kept_for(session, customer_id)
    person = all_of(session, customer_id)
    conversations = session.scalars(
        select(Conversation.id).where(Conversation.customer_id.in_(person))
    ).all()
    _leave_tombstones(session, person, now)
    rows = _delete_rows(session, customer_id)
    if rows[Message.__tablename__]:
        mark_erased(session)
    session.expire_all()
    return Receipt(customer_id, now, rows, tuple(conversations))


def erased_at(session: Session, channel: str, address: str) -> datetime | None:
    """When the person with this address was erased, if they were."""
    if session.scalar(select(Erasure.erased_at).limit(1)) is None:
        return None  # the usual case, without the slow hash
    tombstone = session.get(Erasure, hash_of(channel, address))
    return tombstone.erased_at if tombstone else None


def hash_of(channel: str, address: str) -> str:
    """Slow on purpose (about 10 ms): addresses can be guessed, so guessing must cost."""
    plain = f"{channel}:{address.strip().casefold()}".encode()
    return hashlib.scrypt(plain, salt=b"careline erasure", n=2**12, r=8, p=1, dklen=32).hex()


def _leave_tombstones(session: Session, person: Sequence[str], now: datetime) -> None:
    identities = session.execute(
        select(Identity.channel, Identity.address).where(Identity.customer_id.in_(person))
    )
    ours = [("careline", customer_id) for customer_id in person]
    for channel, address in [*ours, *((c, a) for c, a in identities)]:
        session.merge(Erasure(address_hash=hash_of(channel, address), erased_at=now))
    session.flush()


def _delete_rows(session: Session, customer_id: str) -> dict[str, int]:
    # What is referred to goes last. The e-mails are found by the identities, so those wait.
    conditions = belongings(session, customer_id)
    rows: dict[str, int] = {}
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in conditions:
            gone = session.execute(delete(table).where(conditions[table.name]))
            rows[table.name] = int(getattr(gone, "rowcount", 0))
    return rows
