"""Who is writing: one-time codes by e-mail, and the customer that a conversation is proved to be.

What is answered, and when a code stops working, is the same whether or not an address is a
customer's, so that nobody can ask this shop who its customers are.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.joined import is_joined, kept_for
from careline.journey.models import (
    Case,
    Conversation,
    Customer,
    Email,
    Feedback,
    Identity,
    Note,
    OneTimeCode,
    Promise,
    Suggestion,
)
from careline.journey.repository import shop_ref
from careline.journey.words import MailPriority
from careline.kit.errors import NotFound
from careline.kit.ids import new_id
from careline.service import linking
from careline.service.identity import ensure_customer
from careline.service.services import Services

__all__ = [
    "CodeResult",
    "CodeSent",
    "CodeState",
    "ensure_customer",
    "link",
    "request_code",
    "try_code",
    "verified_customer",
]

CODE_LIFETIME = timedelta(minutes=10)
TRIES = 5  # for one code: a guesser is right once in 200,000
_WINDOW = timedelta(hours=1)
_CODES_PER_ADDRESS = 3
_CODES_PER_CONVERSATION = 5


class CodeState(StrEnum):
    ACCEPTED = "accepted"
    WRONG = "wrong"
    EXPIRED = "expired"  # or none was sent
    TOO_MANY = "too_many"


@dataclass(frozen=True)
class CodeSent:
    """`sent` is False only when too many were asked for; it says nothing about the address."""

    sent: bool
    expires_at: datetime | None = None


@dataclass(frozen=True)
class CodeResult:
    state: CodeState
    tries_left: int = 0
    customer_id: str | None = None


def request_code(services: Services, conversation_id: str, email: str) -> CodeSent:
    """Send a code to the address, if it is a customer's. Raises ShopUnavailable."""
    address = email.strip().casefold()
    address_hash = _hash(services.secret, "address", address)
    with services.database.read() as session:
        if _asked_too_often(session, services.clock.now(), conversation_id, address_hash):
            return CodeSent(sent=False)
    person = services.shop.customer_by_email(address)
    digits = f"{secrets.randbelow(1_000_000):06d}"
    now = services.clock.now()
    with services.database.begin() as session:
        conversation = session.get(Conversation, conversation_id, with_for_update=True)
        if conversation is None:
            raise NotFound("There is no such conversation.", field="conversation")
        if _asked_too_often(session, now, conversation_id, address_hash):
            return CodeSent(sent=False)
        _end_earlier_codes(session, now, conversation_id)
        code = OneTimeCode(
            id=new_id("otc"),
            conversation_id=conversation_id,
            customer_id=ensure_customer(session, person, now).id if person else None,
            address_hash=address_hash,
            code_hash="",
            expires_at=now + CODE_LIFETIME,
            created_at=now,
            updated_at=now,
        )
        code.code_hash = _hash(services.secret, code.id, digits)
        session.add(code)
        if person is not None:
            session.add(_email(code, person.email, digits, services.shop_name, now))
        return CodeSent(sent=True, expires_at=code.expires_at)


def try_code(
    session: Session, now: datetime, conversation_id: str, digits: str, *, secret: str
) -> CodeResult:
    """Compare with the code that was sent last; the right one links the conversation."""
    code = session.scalar(
        select(OneTimeCode)
        .where(OneTimeCode.conversation_id == conversation_id)
        .order_by(OneTimeCode.created_at.desc(), OneTimeCode.id.desc())
        .limit(1)
        .with_for_update()
    )
    if code is None or code.state in ("accepted", "expired"):
        return CodeResult(CodeState.EXPIRED)
    if code.state == "spent":
        return CodeResult(CodeState.TOO_MANY)
    code.updated_at = now
    if now >= code.expires_at:
        code.state = "expired"
        return CodeResult(CodeState.EXPIRED)
    code.tries += 1
    is_right = hmac.compare_digest(code.code_hash, _hash(secret, code.id, digits.strip()))
    if is_right and code.customer_id is not None:
        code.state = "accepted"
        link(session, now, conversation_id, code.customer_id, verified_by="code")
        _note_address(session, now, code, secret)
        return CodeResult(CodeState.ACCEPTED, customer_id=code.customer_id)
    if code.tries >= TRIES:
        code.state = "spent"
        return CodeResult(CodeState.TOO_MANY)
    return CodeResult(CodeState.WRONG, tries_left=TRIES - code.tries)


def verified_customer(session: Session, conversation_id: str) -> str | None:
    """Our id of the customer whom this conversation is proved to be, or None."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None or not conversation.verified_by:
        return None
    return conversation.customer_id


def link(
    session: Session, now: datetime, conversation_id: str, customer_id: str, *, verified_by: str
) -> None:
    """The conversation is this customer's; what the visitor did in it becomes theirs."""
    conversation = session.get_one(Conversation, conversation_id)
    visitor_id = conversation.customer_id
    if _is_known_without_account(session, visitor_id, customer_id):
        proof = f"{verified_by}:{conversation_id}"
        linking.join(session, now, customer_id, visitor_id, how=verified_by, proof=proof)
    conversation.customer_id, conversation.verified_by = customer_id, verified_by
    conversation.updated_at = now
    session.flush()
    if visitor_id == customer_id:
        return
    visitor = session.get(Customer, visitor_id)
    if visitor is None or not visitor.is_visitor:
        return
    cases = select(Case.id).where(Case.conversation_id == conversation_id)
    for owned in (Suggestion, Promise):
        session.execute(
            update(owned).where(owned.case_id.in_(cases)).values(customer_id=customer_id)
        )
    for said in (Case, Feedback, Promise, Note):
        session.execute(
            update(said)
            .where(said.conversation_id == conversation_id, said.customer_id == visitor_id)
            .values(customer_id=customer_id, updated_at=now)
        )
    touchpoints.move(session, now, conversation_id=conversation_id, customer_id=customer_id)


def _is_known_without_account(session: Session, writer_id: str, customer_id: str) -> bool:
    """Whom we knew by a number or an address, and who now proved to be that customer.

    Never of two accounts of the shop: they may be two people at one machine.
    """
    writer = session.get(Customer, writer_id)
    if writer is None or writer.is_visitor or kept_for(session, customer_id) == writer_id:
        return False
    return shop_ref(session, writer_id) is None


def _note_address(session: Session, now: datetime, code: OneTimeCode, secret: str) -> None:
    """By which of their addresses they proved it, should two records be split again."""
    if code.customer_id is None or not is_joined(session, code.customer_id):
        return
    came = {Conversation.__tablename__: {code.conversation_id}}
    for address in session.scalars(
        select(Identity.address).where(
            Identity.customer_id == code.customer_id, Identity.channel == "email"
        )
    ):
        if hmac.compare_digest(_hash(secret, "address", address.casefold()), code.address_hash):
            linking.came_by(session, now, code.customer_id, address, came)


def _asked_too_often(
    session: Session, now: datetime, conversation_id: str, address_hash: str
) -> bool:
    def count(*where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(OneTimeCode)
        query = query.where(OneTimeCode.created_at > now - _WINDOW, *where)
        return session.scalar(query) or 0

    return (
        count(OneTimeCode.address_hash == address_hash) >= _CODES_PER_ADDRESS
        or count(OneTimeCode.conversation_id == conversation_id) >= _CODES_PER_CONVERSATION
    )


def _end_earlier_codes(session: Session, now: datetime, conversation_id: str) -> None:
    session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.conversation_id == conversation_id, OneTimeCode.state == "sent")
        .values(state="expired", updated_at=now)
    )


def _hash(secret: str, salt: str, value: str) -> str:
    return hmac.new(secret.encode(), f"{salt}:{value}".encode(), hashlib.sha256).hexdigest()


def _email(code: OneTimeCode, address: str, digits: str, shop: str, now: datetime) -> Email:
    minutes = int(CODE_LIFETIME.total_seconds() // 60)
    return Email(
        id=new_id("eml"),
        key=f"code:{code.id}",
        to=address,
        subject=f"Your code for {shop}",
        text=(
            f"Your code is {digits}.\n\n"
            f"Type it into the chat within {minutes} minutes, so that we know it is you. "
            "If you did not ask for it, ignore this e-mail and tell nobody the code.\n\n"
            f"{shop}\n"
        ),
        priority=MailPriority.AWAITED,
        too_late_at=code.expires_at,
        created_at=now,
        updated_at=now,
    )
