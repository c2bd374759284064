"""Who the customer is, where they can be reached, what they agreed to, how they proved it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from careline.journey.models.base import ID, WORD, Dated
from careline.kit.database import Base, UtcDateTime
from careline.kit.zones import THE_SHOPS


class Customer(Dated, Base):
    """A person. A visitor who has not said who they are is one too, without identities."""

    __tablename__ = "customer"

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # cus_…
    name: Mapped[str] = mapped_column(String(200), default="")
    locale: Mapped[str] = mapped_column(String(20), default="en_GB")
    time_zone: Mapped[str] = mapped_column(String(60), default=THE_SHOPS)
    country: Mapped[str] = mapped_column(String(2), default="GB")
    segment: Mapped[str] = mapped_column(WORD, default="")
    lifetime_value: Mapped[str] = mapped_column(Numeric(14, 2), default=0)
    currency: Mapped[str] = mapped_column(String(3), default="GBP")
    is_visitor: Mapped[bool] = mapped_column(default=False)
    # The stage is derived (journey.stages); kept here so that lists need not derive it again.
    stage: Mapped[str] = mapped_column(WORD, default="awareness")
    stage_rule: Mapped[str] = mapped_column(String(80), default="")
    stage_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Up to then the kept spans (stage_span) are what a derivation would give; none: not derived.
    stage_holds_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    identities: Mapped[list["Identity"]] = relationship(back_populates="customer")


class Identity(Dated, Base):
    """An address that is this customer's: the shop's customer id, an e-mail, a phone number."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # idn_…
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    channel: Mapped[str] = mapped_column(WORD)  # shop | email | whatsapp | phone
    address: Mapped[str] = mapped_column(String(320))  # e-mail addresses in lower case
    # When the shop said that this is the address; the one named last is written to.
    named_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # There is no such mailbox, its server said: nothing unasked goes there any more.
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_note: Mapped[str] = mapped_column(String(80), default="")

    customer: Mapped[Customer] = relationship(back_populates="identities")


class Consent(Dated, Base):
    """What the customer agreed to or refused, with the proof."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("customer_id", "channel", "purpose"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # cns_…
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"))
    channel: Mapped[str] = mapped_column(WORD)
    purpose: Mapped[str] = mapped_column(WORD)  # service | marketing | research
    state: Mapped[str] = mapped_column(WORD)  # given | refused
    how: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OneTimeCode(Dated, Base):
    """A code sent by e-mail to prove who is writing. Only its hash is kept."""

    __tablename__ = "one_time_code"
    __table_args__ = (Index("ix_one_time_code_conversation", "conversation_id", "created_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)  # otc_…
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    # None when the address is not a customer's: the answer must look the same either way.
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))
    address_hash: Mapped[str] = mapped_column(String(64), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(WORD, default="sent")  # sent | accepted | spent | expired
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Erasure(Base):
    """What is left of an erased customer: that a certain address must not be brought back.

    Only a slow hash of each address and of our id is kept; see journey.erasure.
    """

    __tablename__ = "erasure"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)
