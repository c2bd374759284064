"""Returns, replacements, exchanges, repairs, refunds and credit: what the shop does and refuses."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from careline.kit.clock import FixedClock
from careline.shops.embedded import EmbeddedShop
from careline.shops.protocol import Line, LineState, Money, OrderState, ShopRefused, Why
from tests.shops.small_shop import (
    BOOTS,
    BOOTS_41,
    BOOTS_42,
    BOOTS_43,
    BOOTS_GOLD,
    CHARGED_TWICE,
    DELIVERED,
    DELIVERED_KETTLE,
    KETTLE,
    PAID_KETTLE,
    SHIPPED,
    UNPAID,
)


def pounds(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def line(shop: EmbeddedShop, line_id: str) -> Line:
    order = shop.order(line_id.split("-")[0])
    assert order is not None
    return next(one for one in order.lines if one.id == line_id)


def stock(shop: EmbeddedShop, product: str, sku: str) -> int:
    return next(v.in_stock for v in shop.variants(product) if v.sku == sku)


def test_a_return_has_a_label_a_drop_off_and_a_last_day(shop: EmbeddedShop) -> None:
    done = shop.create_return(key="r", line_id=BOOTS, quantity=2, reason="doesnt_fit")
    assert done.details["drop_off"] == "any Post Office"
    assert done.expected_at == datetime(2026, 12, 4, 18, tzinfo=UTC)
    label = shop.label(done.details["label_url"].rsplit("/", 1)[1])
    assert label is not None
    assert label.reference == done.reference
    assert label.contents == "2 × Boots, 41"
    assert line(shop, BOOTS).state is LineState.RETURNING


def test_no_more_is_returned_than_was_delivered(shop: EmbeddedShop) -> None:
    shop.create_return(key="r1", line_id=BOOTS, quantity=1, reason="")
    with pytest.raises(ShopRefused, match="Only 1 of 2") as refused:
        shop.create_return(key="r2", line_id=BOOTS, quantity=2, reason="")
    assert refused.value.why is Why.ALREADY_SETTLED
    shop.create_return(key="r3", line_id=BOOTS, quantity=1, reason="")
    assert line(shop, BOOTS).returned_quantity == 2


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_return_of_nothing_is_refused(shop: EmbeddedShop, quantity: int) -> None:
    with pytest.raises(ShopRefused, match="1 or more"):
        shop.create_return(key="r", line_id=BOOTS, quantity=quantity, reason="")


@pytest.mark.parametrize("line_id", [PAID_KETTLE, f"{SHIPPED}-1"])
def test_what_is_not_there_yet_is_not_sent_back(shop: EmbeddedShop, line_id: str) -> None:
    with pytest.raises(ShopRefused) as refused:
        shop.create_return(key="r", line_id=line_id, quantity=1, reason="")
    assert refused.value.why is Why.NOT_DELIVERED


def test_a_replacement_is_a_free_order_that_takes_from_the_stock(shop: EmbeddedShop) -> None:
    done = shop.create_replacement(key="p", line_id=BOOTS, quantity=1, collect_old=False)
    order = shop.order(done.reference)
    assert order is not None
    assert (order.state, order.replaces, order.total) == (
        OrderState.PAID,
        DELIVERED,
        pounds("0.00"),
    )
    assert order.lines[0].makes_good == BOOTS
    assert order.shipments[0].expected_at == done.expected_at
    assert stock(shop, "Boots", BOOTS_41) == 4
    assert line(shop, BOOTS).unsettled_quantity == 1


def test_delivery_is_promised_for_the_end_of_a_business_day(shop: EmbeddedShop) -> None:
    """Asked on a Friday, two business days in Britain: Tuesday."""
    done = shop.create_replacement(key="p", line_id=BOOTS, quantity=1, collect_old=False)
    assert done.expected_at == datetime(2026, 11, 24, 18, tzinfo=UTC)


def test_a_collected_replacement_comes_with_a_label_and_counts_once(shop: EmbeddedShop) -> None:
    done = shop.create_replacement(key="p", line_id=BOOTS, quantity=1, collect_old=True)
    assert done.details["label_url"]
    after = line(shop, BOOTS)
    assert (after.returned_quantity, after.replaced_quantity, after.unsettled_quantity) == (1, 1, 1)


def test_what_was_replaced_is_neither_replaced_nor_paid_back_again(shop: EmbeddedShop) -> None:
    shop.create_replacement(key="p", line_id=BOOTS, quantity=2, collect_old=False)
    assert line(shop, BOOTS).state is LineState.REPLACED
    with pytest.raises(ShopRefused, match="already"):
        shop.create_replacement(key="p2", line_id=BOOTS, quantity=1, collect_old=False)
    with pytest.raises(ShopRefused, match=r"At most 0\.00 GBP"):
        shop.refund(key="f", line_id=BOOTS, amount=pounds("50.00"), reason="")


def test_what_was_paid_back_and_kept_is_not_replaced(shop: EmbeddedShop) -> None:
    shop.refund(key="f", line_id=BOOTS, amount=pounds("50.00"), reason="")
    shop.create_replacement(key="p", line_id=BOOTS, quantity=1, collect_old=False)
    with pytest.raises(ShopRefused):
        shop.create_replacement(key="p2", line_id=BOOTS, quantity=1, collect_old=False)


def test_what_was_paid_back_in_part_is_not_replaced_as_well(shop: EmbeddedShop) -> None:
    """Money and another pair together would be more than was paid."""
    shop.refund(key="f", line_id=BOOTS, amount=pounds("0.01"), reason="a scratch")
    assert line(shop, BOOTS).unsettled_quantity == 1
    with pytest.raises(ShopRefused):
        shop.create_replacement(key="p", line_id=BOOTS, quantity=2, collect_old=False)


def test_money_is_open_again_when_the_replacement_comes_back_too(shop: EmbeddedShop) -> None:
    done = shop.create_exchange(key="x", line_id=DELIVERED_KETTLE, quantity=1, sku=KETTLE)
    shop.mark_shipped(done.reference)
    shop.mark_delivered(done.reference)
    shop.create_return(key="r", line_id=f"{done.reference}-1", quantity=1, reason="doesnt_fit")
    shop.refund(key="f", line_id=DELIVERED_KETTLE, amount=pounds("30.00"), reason="")
    assert line(shop, DELIVERED_KETTLE).refunded == Decimal("30.00")
    with pytest.raises(ShopRefused):
        shop.create_replacement(key="p", line_id=DELIVERED_KETTLE, quantity=1, collect_old=False)


def test_a_cancelled_replacement_opens_the_line_again(shop: EmbeddedShop) -> None:
    done = shop.create_replacement(key="p", line_id=BOOTS, quantity=2, collect_old=False)
    shop.cancel_order(key="c", number=done.reference, reason="changed_mind")
    after = line(shop, BOOTS)
    assert (after.state, after.unsettled_quantity) == (LineState.DELIVERED, 2)
    assert stock(shop, "Boots", BOOTS_41) == 5


def test_sold_out_is_refused_and_nothing_is_left_behind(shop: EmbeddedShop) -> None:
    with pytest.raises(ShopRefused, match="sold out") as refused:
        shop.create_exchange(key="x", line_id=BOOTS, quantity=1, sku=BOOTS_43)
    assert refused.value.why is Why.SOLD_OUT
    assert line(shop, BOOTS).unsettled_quantity == 2
    assert shop.order("10006") is None


def test_a_refused_request_may_be_made_again_with_its_key(
    shop: EmbeddedShop, clock: FixedClock
) -> None:
    with pytest.raises(ShopRefused):
        shop.create_return(key="r", line_id=f"{SHIPPED}-1", quantity=1, reason="")
    shop.mark_delivered(SHIPPED)
    assert shop.create_return(key="r", line_id=f"{SHIPPED}-1", quantity=1, reason="").reference


def test_an_exchange_sends_the_other_one_and_takes_the_first_back(shop: EmbeddedShop) -> None:
    done = shop.create_exchange(key="x", line_id=BOOTS, quantity=2, sku=BOOTS_42)
    order = shop.order(done.reference)
    assert order is not None
    assert [(one.variant.sku, one.quantity) for one in order.lines] == [(BOOTS_42, 2)]
    assert stock(shop, "Boots", BOOTS_42) == 3
    assert line(shop, BOOTS).returned_quantity == 2


@pytest.mark.parametrize(
    ("sku", "why"),
    [(KETTLE, Why.OTHER_PRODUCT), ("NONE", Why.OTHER_PRODUCT), (BOOTS_GOLD, Why.OTHER_PRICE)],
)
def test_an_exchange_stays_with_the_product_and_its_price(
    shop: EmbeddedShop, sku: str, why: Why
) -> None:
    with pytest.raises(ShopRefused) as refused:
        shop.create_exchange(key="x", line_id=BOOTS, quantity=1, sku=sku)
    assert refused.value.why is why


def test_a_repair_is_agreed_once_while_the_warranty_lasts(
    shop: EmbeddedShop, clock: FixedClock
) -> None:
    done = shop.create_repair(key="m", line_id=DELIVERED_KETTLE, problem="leaks")
    assert done.reference.startswith("RP-")
    with pytest.raises(ShopRefused, match="being repaired"):
        shop.create_repair(key="m2", line_id=DELIVERED_KETTLE, problem="leaks")


def test_a_repair_is_refused_without_a_warranty_or_after_it(
    shop: EmbeddedShop, clock: FixedClock
) -> None:
    with pytest.raises(ShopRefused) as refused:
        shop.create_repair(key="m", line_id=BOOTS, problem="sole")
    assert refused.value.why is Why.OUT_OF_WARRANTY
    clock.advance(timedelta(days=730))
    with pytest.raises(ShopRefused, match="warranty"):
        shop.create_repair(key="m2", line_id=DELIVERED_KETTLE, problem="leaks")


def test_a_refund_says_how_much_where_to_and_by_when(shop: EmbeddedShop) -> None:
    done = shop.refund(key="f", line_id=BOOTS, amount=pounds("20.00"), reason="scratched")
    assert done.details == {"method": "Visa ending 4242", "amount": "20.00", "currency": "GBP"}
    assert done.expected_at == datetime(2026, 11, 27, 18, tzinfo=UTC)
    order = shop.order(DELIVERED)
    assert order is not None
    assert order.payments[0].state == "partly_refunded"
    shop.mark_refund_paid(done.reference)
    order = shop.order(DELIVERED)
    assert order is not None
    assert (order.refunds[0].state, order.refunds[0].paid_at) == (
        "paid",
        datetime(2026, 11, 20, 10, tzinfo=UTC),
    )


def test_no_more_is_refunded_than_was_paid_for_the_line(shop: EmbeddedShop) -> None:
    shop.refund(key="f1", line_id=BOOTS, amount=pounds("99.99"), reason="")
    with pytest.raises(ShopRefused, match=r"At most 0\.01 GBP") as refused:
        shop.refund(key="f2", line_id=BOOTS, amount=pounds("0.02"), reason="")
    assert refused.value.why is Why.MORE_THAN_PAID


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        (Money(Decimal("10"), "EUR"), Why.OTHER_CURRENCY),
        (Money(Decimal("0"), "GBP"), Why.BAD_AMOUNT),
        (Money(Decimal("-1"), "GBP"), Why.BAD_AMOUNT),
        (Money(Decimal("0.001"), "GBP"), Why.BAD_AMOUNT),
    ],
)
def test_a_refund_of_no_proper_amount_is_refused(
    shop: EmbeddedShop, amount: Money, why: Why
) -> None:
    with pytest.raises(ShopRefused) as refused:
        shop.refund(key="f", line_id=BOOTS, amount=amount, reason="")
    assert refused.value.why is why


def test_a_parcel_that_never_came_can_be_paid_back(shop: EmbeddedShop) -> None:
    assert shop.refund(key="f", line_id=f"{SHIPPED}-1", amount=pounds("30"), reason="lost")


def test_nothing_goes_back_for_what_was_not_paid_or_not_shipped(shop: EmbeddedShop) -> None:
    with pytest.raises(ShopRefused) as refused:
        shop.refund(key="f", line_id=PAID_KETTLE, amount=pounds("30"), reason="")
    assert refused.value.why is Why.NOT_SHIPPED
    shop.mark_shipped(UNPAID)
    with pytest.raises(ShopRefused) as refused:
        shop.refund(key="f2", line_id=f"{UNPAID}-1", amount=pounds("30"), reason="")
    assert refused.value.why is Why.NOT_PAID


def test_a_double_charge_is_paid_back_once_and_apart_from_the_goods(shop: EmbeddedShop) -> None:
    done = shop.refund_overpayment(key="o", number=CHARGED_TWICE, reason="double charge")
    assert done.details["amount"] == "30.00"
    with pytest.raises(ShopRefused):
        shop.refund_overpayment(key="o2", number=CHARGED_TWICE, reason="double charge")
    shop.refund(key="f", line_id=f"{CHARGED_TWICE}-1", amount=pounds("30"), reason="")
    order = shop.order(CHARGED_TWICE)
    assert order is not None
    assert [payment.state for payment in order.payments] == ["refunded", "refunded"]


def test_an_order_that_was_charged_once_has_nothing_overpaid(shop: EmbeddedShop) -> None:
    with pytest.raises(ShopRefused):
        shop.refund_overpayment(key="o", number=DELIVERED, reason="")


def test_credit_has_a_reference_and_a_last_day(shop: EmbeddedShop) -> None:
    done = shop.give_credit(key="g", customer_ref="C1001", amount=pounds("5"), reason="late")
    assert done.reference.startswith("CR-")
    assert done.details["valid_until"] == "2027-11-20"


def test_unknown_things_are_refused_by_name(shop: EmbeddedShop) -> None:
    with pytest.raises(ShopRefused, match="line 77-1") as refused:
        shop.create_return(key="a", line_id="77-1", quantity=1, reason="")
    assert refused.value.why is Why.NOT_FOUND
    with pytest.raises(ShopRefused, match="customer C9"):
        shop.give_credit(key="b", customer_ref="C9", amount=pounds("5"), reason="")
    with pytest.raises(ShopRefused, match="order 77"):
        shop.cancel_order(key="c", number="77", reason="")


def test_goods_that_came_back_are_marked_and_so_is_their_order(shop: EmbeddedShop) -> None:
    done = shop.create_return(key="r", line_id=f"{CHARGED_TWICE}-1", quantity=1, reason="")
    shop.mark_return_received(done.reference)
    shop.mark_return_received(done.reference)
    order = shop.order(CHARGED_TWICE)
    assert order is not None
    assert (order.state, order.lines[0].state) == (OrderState.RETURNED, LineState.RETURNED)
