"""A write happens once: the same key again, a silent shop, and many threads at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import update

from careline.kit.database import Database
from careline.shops.embedded import EmbeddedShop
from careline.shops.models import VariantRow
from careline.shops.protocol import Done, Money, ShopRefused, ShopUnavailable, Why
from tests.shops.doubles import UnreliableShop
from tests.shops.small_shop import (
    BOOTS,
    BOOTS_42,
    CHARGED_TWICE,
    DELIVERED,
    DELIVERED_KETTLE,
    KETTLE,
    PAID,
    SHIPPED,
)

TEN_POUNDS = Money(Decimal("10.00"), "GBP")
WRITERS = 8


def at_once(calls: list[Callable[[], Done]]) -> list[Done | ShopRefused]:
    def one(call: Callable[[], Done]) -> Done | ShopRefused:
        try:
            return call()
        except ShopRefused as refused:
            return refused

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(one, calls))


def test_the_same_key_gives_the_first_answer_and_changes_nothing(shop: EmbeddedShop) -> None:
    first = shop.create_exchange(key="x", line_id=BOOTS, quantity=1, sku=BOOTS_42)
    before = shop.order(DELIVERED)
    again = shop.create_exchange(key="x", line_id=BOOTS, quantity=1, sku=BOOTS_42)
    assert again == first
    assert shop.order(DELIVERED) == before


def test_a_key_is_not_used_for_another_request(shop: EmbeddedShop) -> None:
    shop.refund(key="k", line_id=BOOTS, amount=TEN_POUNDS, reason="")
    with pytest.raises(ShopRefused) as refused:
        shop.refund(key="k", line_id=BOOTS, amount=Money(Decimal("20"), "GBP"), reason="")
    assert refused.value.why is Why.KEY_REUSED
    with pytest.raises(ShopRefused):
        shop.cancel_order(key="k", number=PAID, reason="")


def test_the_same_amount_written_otherwise_is_the_same_request(shop: EmbeddedShop) -> None:
    first = shop.refund(key="k", line_id=BOOTS, amount=TEN_POUNDS, reason="")
    again = shop.refund(key="k", line_id=BOOTS, amount=Money(Decimal(10), "GBP"), reason="")
    assert again.reference == first.reference


def test_a_write_needs_a_key(shop: EmbeddedShop) -> None:
    with pytest.raises(ShopRefused, match="needs a key"):
        shop.cancel_order(key="", number=PAID, reason="")


@pytest.mark.parametrize("done_meanwhile", [True, False])
def test_asking_again_after_silence_does_it_once(shop: EmbeddedShop, done_meanwhile: bool) -> None:
    unreliable = UnreliableShop(shop)
    if done_meanwhile:
        unreliable.time_out_after_next()
    else:
        unreliable.time_out_before_next()
    with pytest.raises(ShopUnavailable):
        unreliable.refund(key="k", line_id=BOOTS, amount=TEN_POUNDS, reason="")
    done = unreliable.refund(key="k", line_id=BOOTS, amount=TEN_POUNDS, reason="")
    order = shop.order(DELIVERED)
    assert order is not None
    assert [refund.reference for refund in order.refunds] == [done.reference]


def test_one_key_from_many_threads_is_one_write(any_shop: EmbeddedShop) -> None:
    answers = at_once(
        [lambda: any_shop.refund(key="k", line_id=BOOTS, amount=TEN_POUNDS, reason="")] * WRITERS
    )
    assert len({a.reference for a in answers if isinstance(a, Done)}) == 1
    assert all(isinstance(answer, Done) for answer in answers)
    order = any_shop.order(DELIVERED)
    assert order is not None
    assert len(order.refunds) == 1


def test_many_threads_together_do_not_pay_back_more_than_was_paid(any_shop: EmbeddedShop) -> None:
    thirty = Money(Decimal("30.00"), "GBP")
    answers = at_once([
        lambda key=f"k{n}": any_shop.refund(key=key, line_id=BOOTS, amount=thirty, reason="")
        for n in range(WRITERS)
    ])  # fmt: skip
    assert sum(isinstance(answer, Done) for answer in answers) == 3  # 90.00 of 100.00
    order = any_shop.order(DELIVERED)
    assert order is not None
    assert order.lines[0].refunded == Decimal("90.00")


def test_many_threads_together_do_not_replace_more_than_was_sent(any_shop: EmbeddedShop) -> None:
    answers = at_once([
        lambda key=f"k{n}": any_shop.create_replacement(
            key=key, line_id=BOOTS, quantity=1, collect_old=False
        )
        for n in range(WRITERS)
    ])  # fmt: skip
    given = [answer.reference for answer in answers if isinstance(answer, Done)]
    assert len(given) == len(set(given)) == 2


def test_stock_goes_down_by_what_was_sent_and_no_more(any_shop: EmbeddedShop) -> None:
    """Two pairs may be exchanged, and one has been."""
    any_shop.create_exchange(key="a", line_id=BOOTS, quantity=1, sku=BOOTS_42)
    answers = at_once([
        lambda key=f"k{n}": any_shop.create_exchange(
            key=key, line_id=BOOTS, quantity=1, sku=BOOTS_42
        )
        for n in range(WRITERS)
    ])  # fmt: skip
    assert sum(isinstance(answer, Done) for answer in answers) == 1
    stock = {variant.sku: variant.in_stock for variant in any_shop.variants("Boots")}
    assert stock[BOOTS_42] == 3


def test_the_last_one_in_stock_goes_to_one_of_three_who_want_it(
    any_shop: EmbeddedShop, any_database: Database
) -> None:
    with any_database.begin() as session:
        session.execute(update(VariantRow).where(VariantRow.sku == KETTLE).values(in_stock=1))
    answers = at_once([
        lambda key=line: any_shop.create_replacement(
            key=key, line_id=key, quantity=1, collect_old=False
        )
        for line in (DELIVERED_KETTLE, f"{SHIPPED}-1", f"{CHARGED_TWICE}-1")
    ])  # fmt: skip
    assert [a.why for a in answers if isinstance(a, ShopRefused)] == [Why.SOLD_OUT] * 2
    assert any_shop.variants("Kettle")[0].in_stock == 0
