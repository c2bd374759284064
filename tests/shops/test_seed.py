"""The demo shop is believable, and the same every time."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.kit.errors import Conflict
from careline.shops.embedded import EmbeddedShop
from careline.shops.protocol import LineState, Order, OrderState, ShopCustomer, ShopRefused
from careline.shops.seed import CUSTOMERS, ORDERS, seed
from careline.shops.seed_catalogue import catalogue
from careline.shops.seed_orders import Story
from careline.shops.showcase import SHOWCASE

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('seed') / 'shop.db'}")
    seed(database, NOW)
    yield database
    database.close()


@pytest.fixture(scope="module")
def shop(seeded: Database) -> EmbeddedShop:
    return EmbeddedShop(seeded, FixedClock(NOW))


@pytest.fixture(scope="module")
def customers(shop: EmbeddedShop) -> list[ShopCustomer]:
    return list(shop.customers(limit=10_000))


@pytest.fixture(scope="module")
def orders(shop: EmbeddedShop) -> list[Order]:
    return list(shop.orders(limit=10_000))


def shown(shop: EmbeddedShop, ref: str) -> list[Order]:
    return list(shop.orders(customer_ref=ref))


def test_the_shop_has_its_customers_products_and_orders(
    customers: list[ShopCustomer], orders: list[Order]
) -> None:
    assert len(customers) == CUSTOMERS == 300
    assert len({customer.country for customer in customers}) >= 8
    assert len({customer.time_zone for customer in customers}) >= 12
    assert len({customer.email for customer in customers}) == 300
    assert len({variant.product for variant in catalogue(random.Random(1))}) == 60
    assert sorted(int(order.number) for order in orders) == list(range(10001, 10001 + ORDERS))


def test_names_are_diverse(customers: list[ShopCustomer]) -> None:
    times = Counter(customer.name for customer in customers)
    assert len(times) > 290
    assert max(times.values()) <= 2


def test_there_are_orders_in_every_state(orders: list[Order]) -> None:
    states = Counter(order.state for order in orders)
    assert all(states[state] >= 15 for state in OrderState)


def test_every_kind_of_trouble_is_there(orders: list[Order]) -> None:
    lines = [line for order in orders for line in order.lines]
    late = [s for o in orders for s in o.shipments if s.delivered_at is None and s.expected_at]
    assert sum(line.final_sale for line in lines) > 100
    assert sum(line.variant.warranty_months > 0 for line in lines) > 100
    assert sum(line.quantity > 1 for line in lines) > 100
    assert sum(order.is_gift for order in orders) > 50
    assert sum(len(order.shipments) > 1 for order in orders) > 10
    assert sum(s.expected_at < NOW for s in late if s.expected_at) > 30
    assert {s.state for s in late} >= {"preparing", "in_transit", "out_for_delivery", "lost"}
    refunds = [refund for order in orders for refund in order.refunds]
    assert {refund.state for refund in refunds} == {"pending", "paid"}
    assert any(refund.state == "pending" and refund.expected_at < NOW for refund in refunds)
    payments = [order.payments for order in orders]
    assert any(len(one) == 2 for one in payments)
    assert any(one[0].state == "failed" for one in payments)
    part = [{line.state for line in order.lines} for order in orders]
    assert any({LineState.RETURNED, LineState.DELIVERED} <= states for states in part)


def test_some_products_are_sold_out_in_part_and_one_wholly() -> None:
    stock: dict[str, list[int]] = {}
    for variant in catalogue(random.Random(1)):
        stock.setdefault(variant.product, []).append(variant.in_stock)
    assert sum(not any(pieces) for pieces in stock.values()) == 1
    assert sum(any(pieces) and 0 in pieces for pieces in stock.values()) >= 5


def test_the_first_forty_customers_had_a_parcel_in_the_last_ten_days(shop: EmbeddedShop) -> None:
    for number in range(1001, 1041):
        delivered = [
            line.delivered_at
            for order in shown(shop, f"C{number}")
            for line in order.lines
            if line.delivered_at and line.state is LineState.DELIVERED
        ]
        assert any(at > NOW - timedelta(days=10, hours=1) for at in delivered), number


def test_an_order_adds_up_and_its_times_follow_each_other(orders: list[Order]) -> None:
    for order in orders:
        goods = sum(line.price.amount * line.quantity for line in order.lines)
        assert goods + order.shipping_price.amount == order.total.amount
        times = [order.placed_at]
        times += [s.shipped_at for s in order.shipments[:1] if s.shipped_at]
        times += [order.delivered_at] if order.delivered_at else []
        assert times == sorted(times)
        assert times[-1] <= NOW
        for line in order.lines:
            assert line.refunded <= line.price.amount * line.quantity


def test_customers_came_before_their_first_order(
    customers: list[ShopCustomer], orders: list[Order]
) -> None:
    since = {customer.ref: customer.created_at for customer in customers}
    assert all(order.placed_at > since[order.customer_ref] for order in orders)


def test_the_showcase_is_what_it_says(shop: EmbeddedShop) -> None:
    for one in SHOWCASE:
        customer = shop.customer(one.ref)
        assert customer is not None
        assert (customer.name, customer.country) == (one.name, one.country)
        assert len(shown(shop, one.ref)) == len(one.orders)
    assert {Story(order.story) for one in SHOWCASE for order in one.orders} >= {
        Story.DELIVERED, Story.LATE, Story.LOST, Story.PAID, Story.REFUND_PENDING,
        Story.DOUBLE_CHARGE, Story.SPLIT,
    }  # fmt: skip
    assert shown(shop, "C1001")[0].lines[0].variant.product == "Harbour boots"
    assert all(line.final_sale for line in shown(shop, "C1007")[0].lines)
    assert shown(shop, "C1008")[0].total.currency == "JPY"
    assert shown(shop, "C1043")[0].state is OrderState.PAID


def test_the_jacket_of_the_showcase_can_be_exchanged(shop: EmbeddedShop) -> None:
    jacket = shown(shop, "C1004")[0].lines[0].variant
    others = {v.options["size"]: v.in_stock for v in shop.variants(jacket.product)}
    assert min(others["M"], others["L"]) > 0


def test_the_same_shop_comes_out_every_time_and_moves_with_the_day(
    orders: list[Order], tmp_path: Path
) -> None:
    week = timedelta(days=7)
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    seed(other, NOW + week)
    again = EmbeddedShop(other, FixedClock(NOW)).orders(limit=10_000)
    other.close()
    assert [(o.number, o.customer_ref, o.lines[0].variant, o.placed_at) for o in again] == [
        (o.number, o.customer_ref, o.lines[0].variant, o.placed_at + week) for o in orders
    ]


def test_a_shop_in_use_is_not_seeded_over(seeded: Database) -> None:
    with pytest.raises(Conflict, match="customers already"):
        seed(seeded, NOW)


def test_the_next_order_has_the_next_number(seeded: Database) -> None:
    shop = EmbeddedShop(seeded, FixedClock(NOW))
    line = shown(shop, "C1003")[0].lines[0]
    done = shop.create_replacement(key="n", line_id=line.id, quantity=1, collect_old=False)
    assert done.reference == str(10001 + ORDERS)
    with pytest.raises(ShopRefused):
        shop.create_replacement(key="n2", line_id=line.id, quantity=1, collect_old=False)
