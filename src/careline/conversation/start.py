"""Open a conversation, for a customer we know or for a visitor whom we do not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from careline.journey.models import Conversation, Customer
from careline.journey.words import Channel, Mode
from careline.kit.ids import new_id
from careline.kit.rows import insert_many, insert_now


def start_conversation(
    session: Session,
    now: datetime,
    *,
    channel: str = Channel.WEB,
    customer_id: str | None = None,
    verified_by: str = "",
) -> Conversation:
    """Without a customer a visitor is made, who may turn out to be somebody known later."""
    whose = customer_id or _visitor(session, now).id
    row = _row(now, whose, channel, verified_by if customer_id else "")
    return insert_now(session, Conversation, **row)


def start_conversations(
    session: Session, now: datetime, customer_ids: Sequence[str]
) -> dict[str, str]:
    """A web conversation for each of these customers; its id by theirs."""
    rows = [_row(now, each, Channel.WEB, "") for each in customer_ids]
    insert_many(session, Conversation, rows)
    return {row["customer_id"]: row["id"] for row in rows}


def _row(now: datetime, customer_id: str, channel: str, verified_by: str) -> dict[str, Any]:
    return {
        "id": new_id("cnv"),
        "customer_id": customer_id,
        "channel": channel,
        "mode": Mode.BOT,
        "verified_by": verified_by,
        "angry_messages": 0,
        "priority": 0,
        "created_at": now,
        "updated_at": now,
    }


def _visitor(session: Session, now: datetime) -> Customer:
    return insert_now(
        session, Customer, id=new_id("cus"), is_visitor=True, created_at=now, updated_at=now
    )
