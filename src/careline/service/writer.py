"""Who writes in a conversation, as far as it is known; each action of each turn begins with it."""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from careline.journey.models import Conversation, Customer, Identity
from careline.journey.repository import Home


@dataclass(frozen=True)
class Writer:
    conversation_id: str
    channel: str  # of the conversation
    customer_id: str
    is_verified: bool  # else a visitor, or somebody who has not proved who they are
    name: str
    locale: str
    home: Home
    angry_messages: int


_WRITER = (
    select(
        Conversation.channel,
        Conversation.customer_id,
        Conversation.verified_by != "",
        Customer.name,
        Customer.locale,
        Customer.country,
        Customer.time_zone,
        select(Identity.address)
        .where(Identity.customer_id == Conversation.customer_id, Identity.channel == "shop")
        .limit(1)
        .scalar_subquery(),
        Conversation.angry_messages,
    )
    .join_from(Conversation, Customer, Customer.id == Conversation.customer_id)
    .where(Conversation.id == bindparam("conversation"))
)


def writer_of(connection: Connection, conversation_id: str) -> Writer | None:
    """None for a conversation that the record does not have."""
    row = connection.execute(_WRITER, {"conversation": conversation_id}).one_or_none()
    if row is None:
        return None
    channel, customer_id, is_verified, name, locale, country, time_zone, shop_ref, angry = row
    return Writer(
        conversation_id=conversation_id,
        channel=channel,
        customer_id=customer_id,
        is_verified=is_verified,
        name=name,
        locale=locale,
        home=Home(country, time_zone, shop_ref),
        angry_messages=angry,
    )
