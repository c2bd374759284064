"""Finding customers, orders and products in the demo shop."""

from collections.abc import Iterator

import pytest

from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.shops.embedded import EmbeddedShop
from careline.shops.protocol import ShopUnavailable
from careline.shops.seed import seed
from tests.shops.conftest import NOW
from tests.shops.small_shop import CHARGED_TWICE, DELIVERED, PAID, fill


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedShop]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'shop.db'}")
    seed(database, NOW)
    yield EmbeddedShop(database, FixedClock(NOW))
    database.close()


def test_an_email_is_found_however_it_is_written(shop: EmbeddedShop) -> None:
    found = shop.customer_by_email("  Ada@Example.COM ")
    assert found is not None
    assert found.ref == "C1001"
    assert shop.customer_by_email("ada@example.co") is None
    assert shop.customer("C9999") is None


@pytest.mark.parametrize(
    "query", ["C1001", "ada", "OKORO ada", "ada@example", "okoro c1001", "+44 100"]
)
def test_customers_are_found_by_any_of_their_words(shop: EmbeddedShop, query: str) -> None:
    assert [customer.ref for customer in shop.customers(query)] == ["C1001"]


@pytest.mark.parametrize("query", ["%", "a_a", "' OR 1=1 --", "nobody"])
def test_signs_of_the_query_language_are_only_signs(shop: EmbeddedShop, query: str) -> None:
    assert shop.customers(query) == []


def test_accents_may_be_left_out_of_a_name(demo: EmbeddedShop) -> None:
    assert "C1002" in [customer.ref for customer in demo.customers("lukas muller")]


def test_orders_come_newest_first_and_by_state_and_no_more_than_asked(
    shop: EmbeddedShop, demo: EmbeddedShop
) -> None:
    delivered = shop.orders(customer_ref="C1001", state="delivered")
    assert {order.number for order in delivered} == {DELIVERED, CHARGED_TWICE}
    assert [order.number for order in shop.orders(state="paid")] == [PAID]
    assert shop.orders(customer_ref="C2") == []
    newest = demo.orders(limit=20)
    assert len(newest) == 20
    assert [o.placed_at for o in newest] == sorted((o.placed_at for o in newest), reverse=True)


@pytest.mark.parametrize(
    ("words", "product"),
    [
        ("telly", "Lookout television 43"),
        ("a new televison please", "Lookout television 43"),
        ("running shoes", "Quayside trainers"),
        ("kettel", "Galley kettle"),
        ("box of croissants", "Croissant box"),
        ("muffins", "Muffin box"),
        ("standing lamp", "Mast floor lamp"),
        ("the lighthouse cookbook", "The Lighthouse Cookbook"),
    ],
)
def test_products_are_found_by_customers_words(
    demo: EmbeddedShop, words: str, product: str
) -> None:
    assert demo.search_products(words)[0].product == product


def test_a_product_is_found_once_in_the_colour_that_was_said(demo: EmbeddedShop) -> None:
    found = demo.search_products("white headphones", limit=3)
    assert [variant.product for variant in found].count("Foghorn headphones") == 1
    assert found[0].options == {"colour": "white"}


@pytest.mark.parametrize("words", ["", "the", "zzz", "🙂", "x" * 20_000])
def test_words_for_nothing_find_nothing(demo: EmbeddedShop, words: str) -> None:
    assert demo.search_products(words) == []


def test_a_shop_without_a_database_is_unavailable_not_broken(
    database: Database, clock: FixedClock
) -> None:
    shop = EmbeddedShop(database, clock)
    with pytest.raises(ShopUnavailable, match="try the same request again"):
        shop.order("10001")
    shop.create()
    assert shop.is_empty()
    fill(database, NOW)
    assert not shop.is_empty()
