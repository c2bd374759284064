"""A small gift for a reason in the record: store credit within the year's goodwill budget.

Reserved in the record before the shop is asked, given by the shop once for its key.
"""

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Goodwill
from careline.journey.repository import shop_ref
from careline.journey.words import Actor, Channel, Stage
from careline.kit.ids import new_id
from careline.kit.logging import get_logger
from careline.service.cases import lock_customer
from careline.service.policies.base import amount_in
from careline.service.services import Services
from careline.shops.protocol import Money, ShopRefused

log = get_logger("service")
_BUDGET_YEAR = timedelta(days=365)


def give(services: Services, *, touch_id: str, customer_id: str, worth: Money, why: str) -> bool:
    """Give it once for the touch; False when the budget or the shop does not allow it.

    Raises ShopUnavailable: it is reserved then, and may be tried again.
    """
    if worth.amount <= Decimal(0):
        return False
    with services.database.begin() as session:
        ref = shop_ref(session, customer_id)
        if ref is None:
            return False
        gift = _reserved(session, services, touch_id, customer_id, worth, why)
        if gift is None:
            return False
        if gift.shop_reference is not None:
            return True
        gift_id = gift.id
    try:
        done = services.shop.give_credit(
            key=f"touch:{touch_id}", customer_ref=ref, amount=worth, reason=why
        )
    except ShopRefused as error:
        log.warning("gift.refused_by_shop", touch=touch_id, why=error.why)
        with services.database.begin() as session:
            session.execute(
                delete(Goodwill).where(Goodwill.id == gift_id, Goodwill.shop_reference.is_(None))
            )
        return False
    _note(services, gift_id, done.reference)
    return True


def release(session: Session, touch_ids: Collection[str]) -> None:
    """Give back to the budget what was reserved for touches that will never leave now.

    The shop never said that it gave it. Should it have done so and been cut off each time, its
    own books show the credit, under the key "touch:<id>": hence the line in the log.
    """
    if not touch_ids:
        return
    freed = session.scalars(
        delete(Goodwill)
        .where(Goodwill.touch_id.in_(touch_ids), Goodwill.shop_reference.is_(None))
        .returning(Goodwill.touch_id)
    )
    for touch_id in freed:
        log.warning("gift.released", touch=touch_id)


def _reserved(
    session: Session,
    services: Services,
    touch_id: str,
    customer_id: str,
    worth: Money,
    why: str,
) -> Goodwill | None:
    """The row of the gift, if the budget has room for it."""
    now = services.clock.now()
    lock_customer(session, customer_id)
    known = session.scalar(select(Goodwill).where(Goodwill.touch_id == touch_id))
    if known is not None:
        return known
    given = session.scalar(
        select(func.sum(Goodwill.worth)).where(
            Goodwill.customer_id == customer_id,
            Goodwill.currency == worth.currency,
            Goodwill.given_at > now - _BUDGET_YEAR,
        )
    )
    budget = amount_in(services.policies.goodwill.budget_per_customer_and_year, worth.currency)
    if Decimal(given or 0) + worth.amount > budget:
        return None
    made = Goodwill(
        id=new_id("gdw"),
        customer_id=customer_id,
        touch_id=touch_id,
        what="store_credit",
        worth=worth.amount,
        currency=worth.currency,
        why=why,
        approved_by="policy",
        given_at=now,
        created_at=now,
        updated_at=now,
    )
    session.add(made)
    return made


def _note(services: Services, gift_id: str, reference: str) -> None:
    now = services.clock.now()
    with services.database.begin() as session:
        gift = session.get(Goodwill, gift_id, with_for_update=True)
        if gift is None or gift.shop_reference is not None:
            return
        gift.shop_reference, gift.updated_at = reference, now
        touchpoints.record(
            session,
            now,
            customer_id=gift.customer_id,
            kind="gift.given",
            stage=Stage.LOYALTY,
            actor=Actor.CARELINE,
            channel=Channel.SHOP,
            summary=f"A gift of {gift.worth} {gift.currency}: {gift.why}",
            about={
                "touch": gift.touch_id,
                "amount": {"amount": str(gift.worth), "currency": gift.currency},
            },
            source_id=f"gift.given:{gift_id}",
        )
