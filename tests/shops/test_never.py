"""Whatever is asked of the shop, in whatever order: it gives nothing away and loses nothing."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.shops.embedded import EmbeddedShop
from careline.shops.protocol import Done, LineState, Money, Order, ShopRefused, Why
from tests.shops.conftest import NOW
from tests.shops.small_shop import BOOTS_41, BOOTS_42, KETTLE, fill

# Orders 10006 and on are the replacements that the requests bring about; few orders, named
# often, so that requests meet.
_numbers = st.sampled_from(["10001", "10001", "10002", "10003", "10004", "10005", "10006", "10007"])
_lines = _numbers.map(lambda number: f"{number}-1") | st.sampled_from(["10001-2", "10002-2"])
_counts = st.integers(1, 3)
_skus = st.sampled_from([BOOTS_41, BOOTS_42, KETTLE])
_money = st.sampled_from(["0.01", "10.00", "30.00", "50.00", "100.00"]).map(
    lambda amount: Money(Decimal(amount), "GBP")
)
_why = st.just("because")

_REQUESTS = st.one_of(
    *(
        st.tuples(st.just(name), st.fixed_dictionaries(arguments))
        for name, arguments in {
            "create_return": {"line_id": _lines, "quantity": _counts, "reason": _why},
            "create_replacement": {
                "line_id": _lines, "quantity": _counts, "collect_old": st.booleans()
            },
            "create_exchange": {"line_id": _lines, "quantity": _counts, "sku": _skus},
            "create_repair": {"line_id": _lines, "problem": _why},
            "refund": {"line_id": _lines, "amount": _money, "reason": _why},
            "refund_overpayment": {"number": _numbers, "reason": _why},
            "cancel_order": {"number": _numbers, "reason": _why},
            "cancel_line": {"line_id": _lines, "reason": _why},
            "change_variant": {"line_id": _lines, "sku": _skus},
            "mark_shipped": {"number": _numbers},
            "mark_delivered": {"number": _numbers},
        }.items()
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small shop as a file, to be copied for each example."""
    file = tmp_path_factory.mktemp("never") / "shop.db"
    database = Database(f"sqlite:///{file}")
    EmbeddedShop(database, FixedClock(NOW)).create()
    fill(database, NOW)
    database.close()
    return file


@contextmanager
def fresh_shop(filled: Path) -> Iterator[EmbeddedShop]:
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copy(filled, folder)
        database = Database(f"sqlite:///{file}")
        yield EmbeddedShop(database, FixedClock(NOW))
        database.close()


def ask(shop: EmbeddedShop, key: str, name: str, arguments: dict[str, Any]) -> Done | Why | None:
    try:
        if name.startswith("mark_"):
            getattr(shop, name)(**arguments)
            return None
        done: Done = getattr(shop, name)(key=key, **arguments)
    except ShopRefused as refused:
        return refused.why
    return done


def all_orders(shop: EmbeddedShop) -> list[Order]:
    return list(shop.orders(limit=1000))


def pieces(shop: EmbeddedShop, orders: list[Order]) -> dict[str, int]:
    """In stock or with a customer, or on the way to one."""
    count: defaultdict[str, int] = defaultdict(int)
    for product in ("Boots", "Kettle"):
        for variant in shop.variants(product):
            count[variant.sku] += variant.in_stock
    for line in (line for order in orders for line in order.lines):
        if line.state is not LineState.CANCELLED:
            count[line.variant.sku] += line.quantity
    return dict(count)


def check_nothing_is_given_twice(orders: list[Order]) -> None:
    for order in orders:
        taken = sum(p.amount.amount for p in order.payments if p.state not in ("failed", "pending"))
        assert sum(refund.amount.amount for refund in order.refunds) <= taken
        for line in order.lines:
            assert 0 <= line.returned_quantity <= line.quantity
            assert 0 <= line.replaced_quantity <= line.quantity
            assert 0 <= line.unsettled_quantity <= line.quantity
            sent_again = line.price.amount * line.replaced_quantity
            assert line.refunded + sent_again <= line.price.amount * line.quantity
            agreed = [r.quantity for r in order.returns if r.line_id == line.id]
            assert sum(agreed) == line.returned_quantity
            assert not agreed or line.delivered_at is not None


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(requests=st.lists(_REQUESTS, min_size=4, max_size=14))
def test_no_sequence_of_requests_gives_more_than_was_paid_for(
    filled: Path, requests: list[tuple[str, dict[str, Any]]]
) -> None:
    with fresh_shop(filled) as shop:
        before = pieces(shop, all_orders(shop))
        for position, (name, arguments) in enumerate(requests):
            first = ask(shop, f"k{position}", name, arguments)
            orders = all_orders(shop)
            check_nothing_is_given_twice(orders)
            assert pieces(shop, orders) == before
            if isinstance(first, Done):
                assert ask(shop, f"k{position}", name, arguments) == first
                assert all_orders(shop) == orders
