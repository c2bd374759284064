"""The record's customer for a person whom the shop knows, made when first seen."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from careline.journey.models import Customer, Identity
from careline.journey.words import Channel
from careline.kit.ids import new_id
from careline.shops.protocol import Shop, ShopCustomer


def customer_for_shop_ref(session: Session, ref: str) -> Customer | None:
    return session.scalar(
        select(Customer)
        .join(Identity, Identity.customer_id == Customer.id)
        .where(Identity.channel == Channel.SHOP, Identity.address == ref)
    )


def ensure_customer(session: Session, shop_customer: ShopCustomer, now: datetime) -> Customer:
    """The customer of this shop reference, with their addresses; the same one every time."""
    known = customer_for_shop_ref(session, shop_customer.ref)
    if known is None:
        try:
            with session.begin_nested():
                known = _make(session, shop_customer, now)
        except IntegrityError:  # another process made them between our look and our write
            known = customer_for_shop_ref(session, shop_customer.ref)
            if known is None:
                raise
    _add_address(session, known, Channel.EMAIL, shop_customer.email.strip().casefold(), now)
    return known


def find_shop_customer(shop: Shop, email: str) -> ShopCustomer | None:
    return shop.customer_by_email(email.strip().casefold())


def _make(session: Session, known_there: ShopCustomer, now: datetime) -> Customer:
    customer = Customer(
        id=new_id("cus"),
        name=known_there.name,
        locale=known_there.locale.replace("-", "_"),
        time_zone=known_there.time_zone,
        country=known_there.country,
        is_visitor=False,
        created_at=now,
        updated_at=now,
    )
    session.add(customer)
    session.flush()
    session.add(
        Identity(
            id=new_id("idn"),
            customer_id=customer.id,
            channel=Channel.SHOP.value,
            address=known_there.ref,
            created_at=now,
            updated_at=now,
        )
    )
    session.flush()
    return customer


def _add_address(
    session: Session, customer: Customer, channel: Channel, address: str, now: datetime
) -> None:
    """An address belongs to one customer; one that is taken stays where it is."""
    if not address:
        return
    query = select(Identity.id).where(Identity.channel == channel, Identity.address == address)
    if session.scalar(query) is not None:
        return
    try:
        with session.begin_nested():
            session.add(
                Identity(
                    id=new_id("idn"),
                    customer_id=customer.id,
                    channel=channel.value,
                    address=address,
                    created_at=now,
                    updated_at=now,
                )
            )
    except IntegrityError:
        return  # the same, written by another process just now
