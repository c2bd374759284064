"""A user's own CSV files: all of them or nothing, and every mistake by its place."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.kit.errors import Conflict
from careline.shops.csv_columns import FILES
from careline.shops.csv_reading import CsvRefused
from careline.shops.embedded import EmbeddedShop
from careline.shops.protocol import LineState, OrderState
from careline.shops.seed_csv import seed_from_csv
from tests.shops.conftest import NOW

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "shop-csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(EXAMPLE, tmp_path / "csv")


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_example_becomes_a_shop(database: Database, clock: FixedClock) -> None:
    report = seed_from_csv(database, EXAMPLE, NOW)
    assert (report.customers, report.products, report.variants) == (2, 4, 5)
    assert (report.orders, report.lines) == (4, 5)
    shop = EmbeddedShop(database, clock)
    order = shop.order("20001")
    assert order is not None
    assert (order.state, order.total.amount) == (OrderState.DELIVERED, Decimal("75.90"))
    assert [line.final_sale for line in order.lines] == [False, True]
    customer = shop.customer_by_email("dara@example.org")
    assert customer is not None
    assert customer.name == "O'Neill, Dara"


def test_an_imported_order_can_be_put_right(database: Database, clock: FixedClock) -> None:
    seed_from_csv(database, EXAMPLE, NOW)
    shop = EmbeddedShop(database, clock)
    done = shop.create_replacement(key="k", line_id="20001-1", quantity=1, collect_old=False)
    assert done.reference == "20005"
    returned = shop.order("20004")
    assert returned is not None
    assert (returned.lines[0].state, returned.refunds[0].state) == (LineState.RETURNED, "paid")


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        ("customers.csv", "PL,pl", "Poland,pl", 'customers.csv, line 2, country: "Poland"'),
        ("customers.csv", "marta@example.com", "marta", "line 2, email"),
        ("customers.csv", "Europe/Warsaw", "Warsaw", "such as \"Europe/London\""),
        ("customers.csv", "dara@example.org", "marta@example.com", "is on line 2 already"),
        ("products.csv", "14.00", "14,00", "line 2: there are more cells than columns"),
        ("products.csv", "14.00", "fourteen", 'line 2, price: "fourteen" is not allowed here'),
        ("products.csv", "14.00", "14.001", "two places at most"),
        ("products.csv", "14.00", "NaN", "an amount of 0 or more"),
        ("products.csv", "40,0,no", "-1,0,no", "line 2, in_stock"),
        ("products.csv", "40,0,no", "40,0,maybe", "yes or no"),
        ("products.csv", "colour=white", "white", "options such as"),
        ("products.csv", "sku,product", "sku,prodcut", "line 1, product: this column is missing"),
        ("products.csv", "sku,product", "sku,prodcut", "line 1, prodcut: there is no such column"),
        ("orders.csv", "paid", "packed", "one of placed, paid, shipped, delivered"),
        ("orders.csv", "20002,K-1", "20002,K-9", '"K-9" is not in customers.csv'),
        ("orders.csv", "20002,", "20001,", "is on line 2 already"),
        ("orders.csv", "2026-11-19", "19/11/2026", "a date or time such as"),
        ("orders.csv", "K-1,delivered", "K-1,shipped", "it must be empty for a shipped order"),
        ("orders.csv", "2026-11-16,2026-11-17,", "2026-11-16,,", "it must be filled in for a"),
        ("orders.csv", "2026-11-10T09:15", "2026-12-10T09:15", "must follow each other"),
        ("order_lines.csv", "20002,APRON-M", "20002,APRON-X", '"APRON-X" is not in products.csv'),
        ("order_lines.csv", "20002,", "20009,", '"20009" is not in orders.csv'),
        ("order_lines.csv", "20002,", "20001,", "this order has no line in order_lines.csv"),
        ("order_lines.csv", "GRINDER,1", "GRINDER,0", "a whole number, 1 or more"),
        ("order_lines.csv", "GRINDER,1,", "\"GRINDER,1,", "not proper CSV"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_nothing_is_imported(
    folder: Path, database: Database, clock: FixedClock,
    file: str, old: str, new: str, complaint: str,
) -> None:  # fmt: skip
    change(folder, file, old, new)
    with pytest.raises(CsvRefused) as refused:
        seed_from_csv(database, folder, NOW)
    assert complaint in refused.value.message
    assert file in refused.value.message or "orders.csv" in refused.value.message
    shop = EmbeddedShop(database, clock)
    shop.create()
    assert shop.is_empty()


def test_every_mistake_is_named_at_once(folder: Path, database: Database) -> None:
    change(folder, "customers.csv", "PL,pl", "Poland,pl")
    change(folder, "products.csv", "79.00", "cheap")
    with pytest.raises(CsvRefused) as refused:
        seed_from_csv(database, folder, NOW)
    assert [(c.file, c.line, c.column) for c in refused.value.complaints] == [
        ("customers.csv", 2, "country"),
        ("products.csv", 5, "price"),
    ]


def test_a_missing_file_and_a_file_in_another_encoding_are_named(
    folder: Path, database: Database
) -> None:
    (folder / "orders.csv").unlink()
    text = (folder / "customers.csv").read_text(encoding="utf-8")
    (folder / "customers.csv").write_text(text, encoding="iso-8859-2")
    with pytest.raises(CsvRefused) as refused:
        seed_from_csv(database, folder, NOW)
    assert "orders.csv, line 1: there is no such file" in refused.value.message
    assert "customers.csv, line 1: the file must be UTF-8" in refused.value.message


def test_a_file_saved_by_a_spreadsheet_is_read(folder: Path, database: Database) -> None:
    """A mark at the beginning, and other line ends."""
    text = (folder / "customers.csv").read_text(encoding="utf-8")
    (folder / "customers.csv").write_text(text, encoding="utf-8-sig", newline="\r\n")
    assert seed_from_csv(database, folder, NOW).customers == 2


def test_a_shop_in_use_is_not_imported_over(database: Database) -> None:
    seed_from_csv(database, EXAMPLE, NOW)
    with pytest.raises(Conflict):
        seed_from_csv(database, EXAMPLE, NOW)


def test_every_column_is_documented() -> None:
    page = (DOCS / "seed-csv.md").read_text(encoding="utf-8")
    for file, columns in FILES.items():
        section = page.split(f"## {file}")[1].split("\n## ")[0]
        for column in columns:
            assert f"`{column.name}`" in section, f"{file}: {column.name}"
