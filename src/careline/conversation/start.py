"""Open a conversation, for a customer we know or for a visitor whom we do not."""

from datetime import datetime

from sqlalchemy.orm import Session

from careline.journey.models import Conversation, Customer
from careline.journey.words import Channel, Mode
from careline.kit.ids import new_id
from careline.kit.rows import insert_now


def start_conversation(
    session: Session,
    now: datetime,
    *,
    channel: str = Channel.WEB,
    customer_id: str | None = None,
    verified_by: str = "",
) -> Conversation:
    """Without a customer a visitor is made, who may turn out to be somebody known later."""
    return insert_now(
        session,
        Conversation,
        id=new_id("cnv"),
        customer_id=customer_id or _visitor(session, now).id,
        channel=channel,
        mode=Mode.BOT,
        verified_by=verified_by if customer_id else "",
        angry_messages=0,
        priority=0,
        created_at=now,
        updated_at=now,
    )


def _visitor(session: Session, now: datetime) -> Customer:
    return insert_now(
        session, Customer, id=new_id("cus"), is_visitor=True, created_at=now, updated_at=now
    )
