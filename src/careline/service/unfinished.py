"""What a customer left open with the bot in an earlier conversation, and whether it still is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update
from sqlalchemy.orm import Session

from careline.journey.models import Case, Conversation
from careline.journey.words import CaseKind, CaseState, Mode
from careline.kit.rows import table_of
from careline.service.facts import Request
from careline.service.gathering import OrderNotFound, gather
from careline.service.services import Services
from careline.service.settlement import assess_request
from careline.shops.protocol import ShopUnavailable

REMEMBERED_FOR = timedelta(days=14)
_AT_MOST = 5  # matters of one customer that are looked at
_BY_THE_BOT = (Mode.BOT, Mode.CLOSED)
_OF_AN_ORDER = (CaseKind.CANCEL, CaseKind.BILLING, CaseKind.DELIVERY)  # need no line
# Refusals that say: it was seen to, here or elsewhere.
_SEEN_TO = frozenset(
    {"already_settled", "under_way", "order_cancelled", "charged_once", "nothing_taken"}
)

_LEFT_OPEN = (
    select(Conversation.id, Conversation.left_open_at, Conversation.left_open)
    .where(
        Conversation.customer_id == bindparam("customer"),
        Conversation.id != bindparam("but"),
        Conversation.left_open_at > bindparam("since"),
        Conversation.mode.in_(_BY_THE_BOT),
    )
    .order_by(Conversation.left_open_at.desc())
    .limit(_AT_MOST)
)


@dataclass(frozen=True)
class LeftOpen:
    conversation_id: str
    at: datetime
    task: dict[str, Any]  # as the actions keep it
    waiting: tuple[dict[str, Any], ...]  # requests that were to come after it


def left_open(
    connection: Connection, now: datetime, *, customer_id: str, but: str | None = None
) -> Sequence[LeftOpen]:
    """What the customer's conversations but that one left open, newest first.

    What a person has or had in hand is not.
    """
    of = {"customer": customer_id, "but": but or "", "since": now - REMEMBERED_FOR}
    rows = connection.execute(_LEFT_OPEN, of)
    return [
        LeftOpen(found, at, dict(kept["task"]), tuple(kept.get("waiting") or ()))
        for found, at, kept in rows
        if at is not None and kept
    ]


def forget_left_open(session: Session, customer_id: str, conversation_id: str) -> None:
    """Another conversation of the customer has taken it up."""
    conversations = table_of(Conversation)
    session.connection().execute(
        update(conversations)
        .where(
            conversations.c.id == conversation_id,
            conversations.c.customer_id == customer_id,
            conversations.c.left_open_at.is_not(None),
        )
        .values(left_open=None, left_open_at=None)
    )


def is_seen_to(services: Services, request: Request, since: datetime) -> bool:
    """Whether what was asked for was settled meanwhile, or can no longer be looked up."""
    with services.database.read() as session:
        if _has_case(session, request, since):
            return True
    try:
        if request.line_id is None and request.kind not in _OF_AN_ORDER:
            gather(services, request)
            return False
        refusal = assess_request(services, request).refusal if request.order_number else None
    except (OrderNotFound, ShopUnavailable):
        return True
    return refusal is not None and refusal.code in _SEEN_TO


def _has_case(session: Session, request: Request, since: datetime) -> bool:
    """By this very request, or by whatever else was done about the same thing since."""
    same = select(Case.id).where(Case.customer_id == request.customer_id)
    if session.scalar(same.where(Case.key == request.key).limit(1)) is not None:
        return True
    about = same.where(
        or_(Case.opened_at > since, Case.resolved_at > since), Case.state != CaseState.WITHDRAWN
    )
    if request.line_id:
        about = about.where(Case.line_id == request.line_id)
    elif request.order_number:
        about = about.where(Case.order_number == request.order_number, Case.kind == request.kind)
    else:
        about = about.where(Case.kind == request.kind)
    return session.scalar(about.limit(1)) is not None
