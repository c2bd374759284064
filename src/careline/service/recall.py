"""A product may hurt somebody: everyone who bought it is to hear, each order once.

This writes down that it concerns them; the playbook for product.recalled says it, and what they
send back of it goes by its own rules (service.recalled).
"""

from collections.abc import Sequence
from datetime import datetime

from careline.journey import repository, touchpoints
from careline.journey.repository import KnownToShop
from careline.journey.words import Actor, Channel, Stage
from careline.kit.errors import NotFound
from careline.service.services import Services
from careline.shops.protocol import Order

RECALLED = "product.recalled"
AT_ONCE = 100  # orders in one unit of work


def recall(services: Services, product: str, *, placed_after: datetime | None = None) -> int:
    """A touchpoint for each order with the product; how many were new.

    Cut off, or told again, it goes on where it was: the same order is written down once.
    Raises NotFound for a product that the shop does not know, ShopUnavailable.
    """
    if not services.shop.variants(product):
        raise NotFound(f"The shop has no product named {product}.", field="product")
    new, after = 0, ""
    while orders := services.shop.orders_with(
        product, placed_after=placed_after, after=after, limit=AT_ONCE
    ):
        people = {
            ref: found
            for ref in dict.fromkeys(order.customer_ref for order in orders)
            if (found := services.shop.customer(ref)) is not None
        }
        known = {
            ref: KnownToShop(
                ref=one.ref,
                name=one.name,
                email=one.email.strip().casefold(),
                phone=one.phone,
                country=one.country,
                locale=one.locale,
                time_zone=one.time_zone,
            )
            for ref, one in people.items()
        }
        new += _write(services, product, orders, known)
        after = orders[-1].number
    return new


def _write(
    services: Services, product: str, orders: Sequence[Order], known: dict[str, KnownToShop]
) -> int:
    now, rows = services.clock.now(), []
    with services.database.begin() as session:
        for order in orders:
            who = known.get(order.customer_ref)
            if who is None:
                continue
            # Who was erased is made anew: they have to hear it, and the shop still knows them.
            customer = repository.ensure_customer(session, now, who)
            line = next(line for line in order.lines if line.variant.product == product)
            rows.append(
                touchpoints.row(
                    now,
                    customer_id=customer.id,
                    kind=RECALLED,
                    stage=Stage.USE,
                    actor=Actor.CARELINE,
                    channel=Channel.SHOP,
                    summary=f"{product} of order {order.number} is recalled",
                    about={"order": order.number, "line": line.id, "product": product},
                    source_id=f"{RECALLED}:{product}:{order.number}"[:200],
                )
            )
        return len(touchpoints.append_many(session, rows))
