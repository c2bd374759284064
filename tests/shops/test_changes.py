"""Before goods leave: cancel, another size, another address; and looking for parcels."""

from datetime import datetime
from decimal import Decimal

import pytest

from careline.kit.errors import NotFound
from careline.shops.embedded import EmbeddedShop
from careline.shops.protocol import Address, LineState, Order, OrderState, ShopRefused, Why
from tests.shops.small_shop import (
    BOOTS_41,
    BOOTS_42,
    BOOTS_43,
    DELIVERED,
    PAID,
    PAID_BOOTS,
    PAID_KETTLE,
    SHIPPED,
    UNPAID,
)

NEW_HOME = Address("Ada Okoro", "2 Hill", "LS1", "Leeds", "GB")


def read(shop: EmbeddedShop, number: str) -> Order:
    order = shop.order(number)
    assert order is not None
    return order


def test_a_cancelled_order_is_paid_back_whole_and_its_goods_are_in_stock_again(
    shop: EmbeddedShop,
) -> None:
    done = shop.cancel_order(key="c", number=PAID, reason="changed_mind")
    order = read(shop, PAID)
    assert done.details["amount"] == "85.00"  # 50 + 30 + 5 for shipping
    assert (order.state, order.payments[0].state) == (OrderState.CANCELLED, "refunded")
    assert {line.state for line in order.lines} == {LineState.CANCELLED}
    assert order.shipments == ()
    assert shop.variants("Boots")[0].in_stock == 6


def test_an_unpaid_order_is_cancelled_without_a_refund(shop: EmbeddedShop) -> None:
    done = shop.cancel_order(key="c", number=UNPAID, reason="")
    assert (done.reference, done.details["amount"]) == (UNPAID, "0.00")
    assert read(shop, UNPAID).refunds == ()


@pytest.mark.parametrize("number", [SHIPPED, DELIVERED])
def test_what_has_left_is_not_cancelled_or_sent_elsewhere(shop: EmbeddedShop, number: str) -> None:
    for call in (
        lambda: shop.cancel_order(key="c", number=number, reason=""),
        lambda: shop.cancel_line(key="l", line_id=f"{number}-1", reason=""),
        lambda: shop.change_address(key="a", number=number, address=NEW_HOME),
        lambda: shop.change_variant(key="v", line_id=f"{number}-1", sku=BOOTS_42),
    ):
        with pytest.raises(ShopRefused) as refused:
            call()
        assert refused.value.why is Why.ALREADY_SHIPPED


def test_an_order_is_cancelled_once(shop: EmbeddedShop) -> None:
    shop.cancel_order(key="c", number=PAID, reason="")
    with pytest.raises(ShopRefused) as refused:
        shop.cancel_order(key="c2", number=PAID, reason="")
    assert refused.value.why is Why.ALREADY_CANCELLED
    assert len(read(shop, PAID).refunds) == 1


def test_one_line_is_cancelled_and_paid_back_and_the_rest_still_comes(shop: EmbeddedShop) -> None:
    done = shop.cancel_line(key="l", line_id=PAID_BOOTS, reason="")
    order = read(shop, PAID)
    assert done.details["amount"] == "50.00"
    assert order.state is OrderState.PAID
    assert order.shipments[0].line_ids == (PAID_KETTLE,)


def test_cancelling_the_last_line_cancels_the_order_with_its_shipping(shop: EmbeddedShop) -> None:
    shop.cancel_line(key="l1", line_id=PAID_BOOTS, reason="")
    shop.cancel_line(key="l2", line_id=PAID_KETTLE, reason="")
    order = read(shop, PAID)
    assert order.state is OrderState.CANCELLED
    assert sum(refund.amount.amount for refund in order.refunds) == Decimal("85.00")


def test_another_size_before_shipping_swaps_the_stock(shop: EmbeddedShop) -> None:
    shop.change_variant(key="v", line_id=PAID_BOOTS, sku=BOOTS_42)
    stock = {variant.sku: variant.in_stock for variant in shop.variants("Boots")}
    assert read(shop, PAID).lines[0].variant.sku == BOOTS_42
    assert (stock[BOOTS_41], stock[BOOTS_42]) == (6, 4)


def test_a_size_that_is_sold_out_is_refused(shop: EmbeddedShop) -> None:
    with pytest.raises(ShopRefused, match="sold out"):
        shop.change_variant(key="v", line_id=PAID_BOOTS, sku=BOOTS_43)
    assert read(shop, PAID).lines[0].variant.sku == BOOTS_41


def test_an_order_goes_to_the_new_address_in_the_same_country_only(shop: EmbeddedShop) -> None:
    shop.change_address(key="a", number=PAID, address=NEW_HOME)
    assert read(shop, PAID).address == NEW_HOME
    abroad = Address("Ada Okoro", "3 rue", "75001", "Paris", "FR")
    with pytest.raises(ShopRefused) as refused:
        shop.change_address(key="b", number=PAID, address=abroad)
    assert refused.value.why is Why.OTHER_COUNTRY


def test_a_parcel_is_traced_once_however_often_it_is_asked(shop: EmbeddedShop) -> None:
    first = shop.trace_parcel(key="t", number=SHIPPED, shipment_id=None)
    again = shop.trace_parcel(key="t2", number=SHIPPED, shipment_id=f"S{SHIPPED}-1")
    assert again.reference == first.reference
    assert again.details["already_asked"] == "yes"
    with pytest.raises(ShopRefused, match="No parcel"):
        shop.trace_parcel(key="t3", number=PAID, shipment_id=None)


def test_parcels_leave_and_arrive_and_may_be_told_twice(shop: EmbeddedShop, now: datetime) -> None:
    for _ in range(2):
        shop.mark_shipped(PAID)
    assert read(shop, PAID).state is OrderState.SHIPPED
    for _ in range(2):
        shop.mark_delivered(PAID)
    order = read(shop, PAID)
    assert (order.state, order.delivered_at) == (OrderState.DELIVERED, now)
    assert {line.delivered_at for line in order.lines} == {now}


def test_events_about_unknown_refunds_and_returns_say_so(shop: EmbeddedShop) -> None:
    with pytest.raises(NotFound, match="RF-1"):
        shop.mark_refund_paid("RF-1")
    with pytest.raises(NotFound, match="RT-1"):
        shop.mark_return_received("RT-1")
