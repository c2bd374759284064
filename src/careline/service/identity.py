"""The record's customer for a person whom the shop knows, made when first seen."""

from datetime import datetime

from sqlalchemy.orm import Session

from careline.journey import repository
from careline.journey.models import Customer
from careline.service import linking
from careline.shops.protocol import ShopCustomer


def ensure_customer(session: Session, known: ShopCustomer, now: datetime) -> Customer:
    """The same one every time; their addresses become identities.

    Whom we knew by the account's e-mail alone is the same person from now on.
    """
    customer = repository.ensure_customer(
        session,
        now,
        repository.KnownToShop(
            ref=known.ref,
            name=known.name,
            email=known.email.strip().casefold(),
            phone=known.phone,
            country=known.country,
            locale=known.locale,
            time_zone=known.time_zone,
        ),
    )
    proof = f"shop:{known.ref}"
    linking.join_by_email(session, now, customer, known.email, how="identity", proof=proof)
    return customer
