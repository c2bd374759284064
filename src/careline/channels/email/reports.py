"""What mail servers say afterwards: the e-mail came back, or the customer called it spam.

Told as JSON by the shop's mail provider, or read from what comes to the return address: a delivery
status message (RFC 3464) or a feedback report (RFC 5965).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage, Message
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.channels.email.mailers import is_about_the_address
from careline.conversation.unasked import note_opt_out
from careline.journey import audit
from careline.journey.models import Email, Identity
from careline.journey.repository import note_no_mailbox
from careline.journey.words import Channel, Delivery, Role
from careline.kit.logging import get_logger
from careline.service import consents
from careline.touches import outcomes

log = get_logger("channels.email")

# As mailers writes it: time, process and chance, then the key with full stops for its colons.
_OUR_ID = re.compile(r"\d+\.\d+\.\d+\.([^@\s]+)@")
_WHO = "mail server"


class Kind(StrEnum):
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True)
class MailReport:
    kind: Kind
    address: str
    message_id: str = ""  # of our e-mail
    code: str = ""  # RFC 3463, such as 5.1.1; none: for good

    @property
    def is_for_good(self) -> bool:
        """What begins with 4 is still being tried, or was a full mailbox of one day."""
        return not self.code.startswith(("2", "4"))


def note_report(session: Session, now: datetime, report: MailReport) -> bool:
    """Write down what came of an e-mail; whether that is news. Safe to be told again."""
    email = _email_of(session, report)
    if report.kind is Kind.COMPLAINED:
        return _complained(session, now, report, email)
    if not report.is_for_good:
        return False
    is_news = email is not None and _came_back(session, now, email, report.code)
    if not report.code or is_about_the_address(report.code):
        is_news |= note_no_mailbox(session, now, report.address, f"came back, {report.code}") > 0
    return is_news


def is_about_ours(session: Session, report: MailReport) -> bool:
    """It names an e-mail that we sent, to that address: nobody else can know its id."""
    return _email_of(session, report) is not None


def _email_of(session: Session, report: MailReport) -> Email | None:
    found = _OUR_ID.search(report.message_id)
    if found is None:
        return None
    email = session.scalar(
        select(Email).where(Email.key == found[1].replace(".", ":")).with_for_update()
    )
    is_theirs = email is not None and _plain(email.to) == _plain(report.address)
    return email if is_theirs else None


def _came_back(session: Session, now: datetime, email: Email, code: str) -> bool:
    if email.delivery not in (Delivery.SENT, Delivery.UNKNOWN):
        return False
    note = f"came back, {code}".rstrip(", ")
    email.delivery, email.delivery_note, email.updated_at = Delivery.FAILED, note, now
    if email.touch_id is not None:
        outcomes.note_came_back(session, now, email.touch_id, note)
    log.warning("email.came_back", email=email.id, code=code)
    return True


def _complained(session: Session, now: datetime, report: MailReport, email: Email | None) -> bool:
    """As if they had pressed the e-mail's own link: nothing unasked by e-mail any more."""
    touch_id = email.touch_id if email is not None else None
    customers = session.scalars(
        select(Identity.customer_id)
        .where(Identity.channel == Channel.EMAIL, Identity.address == _plain(report.address))
        .order_by(Identity.customer_id)
    ).all()
    for customer_id in customers:
        consents.refuse(
            session,
            now,
            customer_id,
            channel=Channel.EMAIL,
            how="called our e-mail spam",
            source_id=f"{report.message_id or report.address}:spam",
            on=Channel.EMAIL,
        )
        audit.note(
            session, now, who=_WHO, role=Role.MACHINE.value, did="consent.refused",
            subject=customer_id, details={"touch": touch_id or "", "what": "spam"},
        )  # fmt: skip
    if touch_id is not None:
        note_opt_out(session, now, touch_id)
    return bool(customers)


def read_message(raw: bytes) -> list[MailReport]:
    """What a message to the return address reports; nothing, if it is something else."""
    message = message_from_bytes(raw, policy=policy.default)
    parts = list(message.walk())
    about = next((found for part in parts if (found := _id_of_ours(part))), "")
    return [report for part in parts for report in _reports(part, about)]


def _reports(part: Message, about: str) -> Iterator[MailReport]:
    kind = part.get_content_type()
    if kind == "message/delivery-status":
        for block in _blocks(part):
            address = _address_in(block, "Original-Recipient") or _address_in(
                block, "Final-Recipient"
            )
            if address and str(block.get("Action", "")).strip().lower() == "failed":
                code = str(block.get("Status", "")).strip()
                yield MailReport(Kind.BOUNCED, address, about, code)
    elif kind == "message/feedback-report":
        for block in _blocks(part):
            if address := _address_in(block, "Original-Rcpt-To"):
                yield MailReport(Kind.COMPLAINED, address, about)


def _address_in(block: Message, name: str) -> str:
    """`rfc822; ana@shop.example`, or the address alone, with or without brackets."""
    return str(block.get(name, "")).rpartition(";")[2].strip().strip("<>")


def _id_of_ours(part: Message) -> str:
    """The Message-ID of the e-mail, or of its headers, that a report brings back."""
    kind = part.get_content_type()
    if kind == "text/rfc822-headers" and isinstance(part, EmailMessage):
        return str(message_from_string(str(part.get_content())).get("Message-ID", ""))
    if kind == "message/rfc822":
        return next((str(block.get("Message-ID", "")) for block in _blocks(part)), "")
    return ""


def _blocks(part: Message) -> list[Message]:
    inside = part.get_payload()
    return [one for one in inside if isinstance(one, Message)] if isinstance(inside, list) else []


def _plain(address: str) -> str:
    return address.strip().lower()
