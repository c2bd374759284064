"""Canned replies, filled in for one conversation; a field that is not known is said, not sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.conversation.messages import NoSuchConversation
from careline.conversation.staff.colleagues import colleague
from careline.journey.models import Case, Conversation, Customer
from careline.kit.errors import Invalid, NotFound
from careline.kit.zones import zone_of
from careline.service.dates import add_working_days
from careline.service.policies import Policies
from careline.service.policies.canned import FIELD, CannedReply


class FieldsOpen(Invalid):
    """These fields have no value here; write the words yourself, or choose another reply."""

    code = "fields_open"


@dataclass(frozen=True)
class Canned:
    """One reply as the composer lists it."""

    name: str
    title: str
    text: str  # filled in; with open fields as they stand in the policy
    open_fields: Sequence[str]
    promise: str = ""  # what it promises, and by when where the customer is
    promise_by: date | None = None


def canned(
    session: Session,
    conversation_id: str,
    staff_id: str,
    *,
    policies: Policies,
    shop_name: str,
    now: datetime,
    search: str = "",
) -> list[Canned]:
    """Those whose name or title holds the words, filled in; all of them for none."""
    facts = facts_of(session, conversation_id, staff_id, shop_name=shop_name)
    today = _today_of(session, conversation_id, now)
    words = search.strip().casefold()
    return [
        Canned(name, reply.title, *_filled(reply, facts), *_promised(reply, today))
        for name, reply in policies.canned_replies.replies.items()
        if words in name.replace("_", " ") or words in name or words in reply.title.casefold()
    ]


def fill(
    session: Session,
    conversation_id: str,
    staff_id: str,
    name: str,
    *,
    policies: Policies,
    shop_name: str,
) -> str:
    """The text of one. Raises NotFound, FieldsOpen."""
    reply = policies.canned_replies.replies.get(name)
    if reply is None:
        raise NotFound(f"There is no canned reply called {name}.")
    text, missing = _filled(
        reply, facts_of(session, conversation_id, staff_id, shop_name=shop_name)
    )
    if missing:
        raise FieldsOpen(f"Not known in this conversation: {', '.join(missing)}.", field="text")
    return text


def check_no_field(text: str) -> None:
    """A customer never reads a bare {{field}}. Raises FieldsOpen."""
    fields = FIELD.findall(text)
    if fields:
        raise FieldsOpen(
            f"Fill in {', '.join(f'{{{{{each}}}}}' for each in fields)} before it is sent.",
            field="text",
        )


def facts_of(
    session: Session, conversation_id: str, staff_id: str, *, shop_name: str
) -> dict[str, str]:
    """What the fields stand for here; those without a value are left out."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NoSuchConversation("There is no such conversation.")
    customer = session.get_one(Customer, conversation.customer_id)
    case = session.scalar(
        select(Case)
        .where(Case.conversation_id == conversation_id)
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(1)
    )
    facts = {
        "customer.name": customer.name,
        "customer.first_name": customer.name.split()[0] if customer.name.split() else "",
        "order.number": (case.order_number or "") if case else "",
        "case.number": case.number if case else "",
        "staff.name": colleague(session, staff_id).name,
        "shop.name": shop_name,
    }
    return {name: value for name, value in facts.items() if value}


def _today_of(session: Session, conversation_id: str, now: datetime) -> date:
    zone = session.scalar(
        select(Customer.time_zone)
        .join(Conversation, Conversation.customer_id == Customer.id)
        .where(Conversation.id == conversation_id)
    )
    return now.astimezone(zone_of(zone or "UTC")).date()


def _promised(reply: CannedReply, today: date) -> tuple[str, date | None]:
    if reply.promise is None:
        return "", None
    return reply.promise.what, add_working_days(today, reply.promise.within_working_days)


def _filled(reply: CannedReply, facts: Mapping[str, str]) -> tuple[str, list[str]]:
    missing = [name for name in dict.fromkeys(FIELD.findall(reply.text)) if name not in facts]
    return FIELD.sub(lambda found: facts.get(found[1], found[0]), reply.text), missing
