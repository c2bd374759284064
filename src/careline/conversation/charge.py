"""Which person is in charge of a customer. While somebody is, the bot is silent for this customer
on every channel; touches ask here too.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.orm import Session, aliased

from careline.conversation import clocks
from careline.journey.models import Conversation
from careline.journey.words import Mode
from careline.kit.many import any_named
from careline.service.policies import Policies

# The index that answers this holds the rows of this mode alone, so it stands here as a literal.
_held = aliased(Conversation)
_WITH_A_PERSON = _held.mode == literal_column(f"'{Mode.PERSON.value}'")
_IN_CHARGE = (
    select(_held.holder, _held.id)
    .where(_held.customer_id == bindparam("customer"), _WITH_A_PERSON)
    .order_by(_held.joined_to.is_not(None), _held.assigned_at)
    .limit(1)
)
_HELD_OF = select(_held.customer_id).where(
    any_named(_held.customer_id, "customers"), _WITH_A_PERSON
)
# For statements that have a conversation: the id of one that a person holds, of its customer.
HELD_CONVERSATION = (
    select(_held.id)
    .where(
        _held.customer_id
        == select(Conversation.customer_id)
        .where(Conversation.id == bindparam("conversation"))
        .scalar_subquery(),
        _WITH_A_PERSON,
    )
    .limit(1)
    .scalar_subquery()
)


@dataclass(frozen=True)
class Charge:
    staff_id: str
    conversation_id: str  # the one they took


def charge_of(session: Session, customer_id: str) -> Charge | None:
    row = session.connection().execute(_IN_CHARGE, {"customer": customer_id}).one_or_none()
    return Charge(row[0] or "", row[1]) if row is not None else None


def person_in_charge(session: Session, customer_id: str) -> str | None:
    """The staff member who holds a conversation of this customer; None leaves it to the bot."""
    charge = charge_of(session, customer_id)
    return charge.staff_id if charge else None


def in_charge_of_any(session: Session, customer_ids: Collection[str]) -> set[str]:
    """Those of these customers of whom a person holds a conversation."""
    return set(session.connection().scalars(_HELD_OF, {"customers": list(customer_ids)}))


def join(
    session: Session,
    now: datetime,
    conversation: Conversation,
    charge: Charge,
    policies: Policies,
) -> None:
    """Another conversation of the customer's comes to the person who is in charge of them."""
    conversation.mode = Mode.PERSON
    conversation.holder = charge.staff_id
    conversation.joined_to = charge.conversation_id
    conversation.assigned_at = conversation.updated_at = now
    conversation.closed_at = None
    conversation.handback = conversation.handback_at = None
    clocks.customer_waits(session, now, conversation, policies)
