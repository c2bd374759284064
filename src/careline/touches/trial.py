"""Send a playbook's words to oneself: with an example, marked as a test, counted nowhere."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey import audit
from careline.journey.models import Email, Identity, Touch
from careline.journey.repository import get_customer
from careline.journey.words import Channel
from careline.kit.errors import NotFound
from careline.kit.ids import new_id
from careline.kit.zones import THE_SHOPS, zone_of
from careline.touches.facts import CustomerFacts
from careline.touches.playbook import Playbook
from careline.touches.ports import Words

EXAMPLE: dict[str, Any] = {
    "order": "10482",
    "case": "CL-100001",
    "item": "glass carafe",
    "product": "glass carafe",
    "suggestion": "that the lid stays on",
    "amount": "£5.00",
    "gift": "£5.00",
    "when": "Friday",
}


def send_test(
    session: Session,
    now: datetime,
    playbook: Playbook,
    words: Words,
    *,
    to: str,
    who: str,
    role: str,
) -> str:
    """An e-mail in the outbox to this address, or to this customer's; gives the address.

    Raises NotFound, and the words' errors.
    """
    address = to if "@" in to else _address_of(session, to)
    touch = Touch(id=new_id("tch"), playbook=playbook.name, about=EXAMPLE, subject="order:10482")
    zone = zone_of(THE_SHOPS)
    worded = words.word(
        playbook,
        touch,
        name="Ana",
        locale="en_GB",
        zone=zone,
        now=now,
        facts=CustomerFacts("", zone, "GB", "", ""),
    )
    answers = "".join(f"\n[{button.get('title', '')}]" for button in worded.buttons)
    session.add(
        Email(
            id=new_id("eml"),
            key=f"touch-test:{touch.id}",
            to=address,
            subject=f"[Test] {worded.subject}",
            text=f"{worded.text}{answers}\n\n(A test of the playbook {playbook.name}.)",
            created_at=now,
            updated_at=now,
        )
    )
    audit.note(session, now, who=who, role=role, did="touches.tested", subject=playbook.name)
    return address


def _address_of(session: Session, customer: str) -> str:
    known = session.scalar(
        select(Identity.address)
        .where(
            Identity.customer_id == get_customer(session, customer).id,
            Identity.channel == Channel.EMAIL,
        )
        .order_by(Identity.created_at)
        .limit(1)
    )
    if known is None:
        raise NotFound("This customer has no e-mail address.", field="to")
    return known
