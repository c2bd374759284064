"""Send a playbook's words to oneself: with an example, marked as a test, counted nowhere."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey import audit
from careline.journey.models import Email, Staff, Touch
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


class NotOfTheTeam(NotFound):
    """Take the address that a colleague signs in with; `careline staff` lists them."""

    code = "not_of_the_team"


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
    """An e-mail in the outbox to this address of a colleague's; gives the address.

    Raises NotOfTheTeam, and the words' errors.
    """
    address = _of_the_team(session, to)
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


def _of_the_team(session: Session, address: str) -> str:
    known = session.scalar(
        select(Staff.email).where(Staff.email == address.strip().lower(), Staff.active.is_(True))
    )
    if known is None:
        raise NotOfTheTeam(
            f"{address} is nobody's of the team: a test goes to a colleague's own address, as "
            "customers hear from us through the gate alone.",
            field="to",
        )
    return known
