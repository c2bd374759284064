"""One look at the shop: what was read in it once is not asked for again."""

from collections.abc import Sequence
from typing import Any, cast

from careline.shops.protocol import Order, Shop, Variant


def one_look_at(shop: Shop) -> Shop:
    """The same shop for a stretch of work that only reads, such as the choice of a question.

    The same orders are wanted by several steps of it. What is written goes to the shop, but is
    not seen through this look.
    """
    return cast(Shop, _Look(shop))


class _Look:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._seen: dict[tuple[str, Any, Any, Any], Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shop, name)

    def order(self, number: str) -> Order | None:
        key = ("order", number, None, None)
        if key not in self._seen:
            self._seen[key] = self._shop.order(number)
        return cast("Order | None", self._seen[key])

    def orders(
        self, *, customer_ref: str | None = None, state: str | None = None, limit: int = 50
    ) -> Sequence[Order]:
        key = ("orders", customer_ref, state, limit)
        if key not in self._seen:
            found = self._shop.orders(customer_ref=customer_ref, state=state, limit=limit)
            self._seen[key] = found
            for order in found:
                self._seen["order", order.number, None, None] = order
        return cast("Sequence[Order]", self._seen[key])

    def variants(self, product: str) -> Sequence[Variant]:
        key = ("variants", product, None, None)
        if key not in self._seen:
            self._seen[key] = self._shop.variants(product)
        return cast("Sequence[Variant]", self._seen[key])
