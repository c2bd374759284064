"""Customers of the record, with those of the shop taken in when somebody asks for them.

The shop is another system: no unit of work is open while it is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from careline.journey.erasure import CustomerErased
from careline.journey.repository import (
    KnownToShop,
    customer_ids,
    ensure_customer,
    find_customer,
    shop_ref,
)
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import NotFound
from careline.kit.logging import get_logger
from careline.service.order_history import record_order_history
from careline.shops.protocol import Order, Shop, ShopCustomer, ShopUnavailable

log = get_logger("reading")
ORDERS_SHOWN = 200


@dataclass(frozen=True)
class Found:
    customer_id: str
    shop_ref: str | None


class People:
    def __init__(self, database: Database, clock: Clock, shop: Shop) -> None:
        self._database = database
        self._clock = clock
        self._shop = shop

    def find(self, ref: str) -> Found:
        """By our id, the shop's id or an e-mail; raises NotFound."""
        with self._database.read() as session:
            customer = find_customer(session, ref)
            if customer is not None:
                return Found(customer.id, shop_ref(session, customer.id))
        known = self._in_shop(ref)
        if known is None:
            raise NotFound("There is no such customer.", field="customer")
        with self._database.begin() as session:
            taken_in = ensure_customer(
                session, self._clock.now(), as_known(known), comes_back=False
            )
            return Found(taken_in.id, known.ref)

    def orders(self, found: Found) -> Sequence[Order]:
        """The shop's orders of this customer, newest first; the journey learns of them too."""
        if found.shop_ref is None:
            return ()
        orders = self._shop.orders(customer_ref=found.shop_ref, limit=ORDERS_SHOWN)
        with self._database.begin() as session:
            record_order_history(session, self._clock.now(), found.customer_id, orders)
        return orders

    def learn_orders(self, found: Found) -> None:
        """The same for a reader who can do without when the shop does not answer."""
        try:
            self.orders(found)
        except ShopUnavailable as error:
            log.warning("orders.not_learned", customer=found.customer_id, why=error.code)

    def ids_for(self, orders: Iterable[Order]) -> dict[str, str]:
        """Our ids by the shop's; those who were erased are left out."""
        refs = {order.customer_ref for order in orders}
        with self._database.read() as session:
            ids = customer_ids(session, refs)
        strangers = [self._shop.customer(ref) for ref in sorted(refs - set(ids))]
        known = [customer for customer in strangers if customer is not None]
        if known:
            ids |= self._take_in(known)
        return ids

    def search(self, query: str, limit: int) -> list[str]:
        """Take in the shop's customers who fit, so that the record's search finds them."""
        if not query.strip():
            return []
        try:
            found = list(self._shop.customers(query, limit))
            order = self._shop.order(query.strip().lstrip("#"))
            owner = self._shop.customer(order.customer_ref) if order else None
        except ShopUnavailable as error:
            log.warning("shop.not_searched", why=error.code)
            return []
        fitting = {customer.ref: customer for customer in [*found, *([owner] if owner else [])]}
        with self._database.read() as session:
            known = customer_ids(session, set(fitting))
        ids = self._take_in(list(fitting.values()))
        for ref in ids.keys() - known.keys():  # once, so that the list shows their true stage
            self.learn_orders(Found(ids[ref], ref))
        return list(ids.values())

    def _in_shop(self, ref: str) -> ShopCustomer | None:
        if ref.startswith("cus_"):
            return None
        return self._shop.customer_by_email(ref) if "@" in ref else self._shop.customer(ref)

    def _take_in(self, customers: Sequence[ShopCustomer]) -> dict[str, str]:
        ids: dict[str, str] = {}
        with self._database.read() as session:
            ids = customer_ids(session, {customer.ref for customer in customers})
        fresh = [customer for customer in customers if customer.ref not in ids]
        if not fresh:
            return ids
        with self._database.begin() as session:
            for customer in fresh:
                try:
                    taken_in = ensure_customer(
                        session, self._clock.now(), as_known(customer), comes_back=False
                    )
                except CustomerErased:
                    continue
                ids[customer.ref] = taken_in.id
        return ids


def as_known(customer: ShopCustomer) -> KnownToShop:
    return KnownToShop(
        ref=customer.ref,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        country=customer.country,
        locale=customer.locale,
        time_zone=customer.time_zone,
    )
