"""A look reads each thing once; the next look sees what has happened since."""

from collections import Counter
from typing import Any, cast

from careline.shops.embedded import EmbeddedShop
from careline.shops.looks import one_look_at
from careline.shops.protocol import OrderState, Shop
from tests.shops.small_shop import DELIVERED, PAID


class Counted:
    """The shop, with a count of how often each of its methods was asked for."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._shop, name)


def test_the_shop_is_asked_once_for_each_thing(shop: EmbeddedShop) -> None:
    counted = Counted(shop)
    look = one_look_at(cast(Shop, counted))
    for _ in range(3):
        orders = look.orders(customer_ref="C1001")
        assert look.variants("Boots") == shop.variants("Boots")
        assert look.order("99999") is None
    assert list(orders) == list(shop.orders(customer_ref="C1001"))
    assert look.order(DELIVERED) == shop.order(DELIVERED)  # was among the orders
    assert counted.calls == {"orders": 1, "variants": 1, "order": 1}


def test_what_is_written_goes_to_the_shop_and_is_seen_by_the_next_look(shop: EmbeddedShop) -> None:
    look = one_look_at(shop)
    before = look.order(PAID)
    look.cancel_order(key="c", number=PAID, reason="changed_mind")
    after = one_look_at(shop).order(PAID)
    assert before is not None
    assert after is not None
    assert (before.state, after.state) == (OrderState.PAID, OrderState.CANCELLED)
