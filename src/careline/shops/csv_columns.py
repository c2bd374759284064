"""The columns of a user's own CSV files, and what is allowed in each.

docs/seed-csv.md shows these tables to people; a test holds the two together.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from careline.kit.zones import is_zone
from careline.shops.protocol import OrderState

Parse = Callable[[str], Any]


@dataclass(frozen=True)
class Column:
    name: str
    parse: Parse  # raises ValueError saying what is allowed
    default: str | None = None  # what an empty cell means; None: it must not be empty
    optional: bool = False  # an empty cell is nothing at all


def _text(longest: int) -> Parse:
    def parse(cell: str) -> str:
        if len(cell) > longest:
            raise ValueError(f"at most {longest} characters")
        return cell

    return parse


def _matching(pattern: str, allowed: str) -> Parse:
    def parse(cell: str) -> str:
        if not re.fullmatch(pattern, cell):
            raise ValueError(allowed)
        return cell

    return parse


def _email(cell: str) -> str:
    if len(cell) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", cell):
        raise ValueError("an e-mail address")
    return cell.lower()


def _time_zone(cell: str) -> str:
    if not is_zone(cell):
        raise ValueError('a time zone such as "Europe/London"')
    return cell


def _price(cell: str) -> Decimal:
    allowed = "an amount of 0 or more such as 19.90, with two places at most"
    try:
        amount = Decimal(cell)
    except InvalidOperation:
        raise ValueError(allowed) from None
    if not amount.is_finite() or not 0 <= amount < 10**12 or amount != round(amount, 2):
        raise ValueError(allowed)
    return amount.quantize(Decimal("0.01"))


def _whole(least: int) -> Parse:
    def parse(cell: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", cell) or int(cell) < least:
            raise ValueError(f"a whole number, {least} or more")
        return int(cell)

    return parse


def _yes(cell: str) -> bool:
    if cell.lower() not in ("yes", "no"):
        raise ValueError("yes or no")
    return cell.lower() == "yes"


def _moment(cell: str) -> datetime:
    """A date alone is noon; a time without a zone is UTC."""
    try:
        if len(cell) == 10:
            return datetime.combine(date.fromisoformat(cell), time(12), UTC)
        at = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError("a date or time such as 2026-11-20 or 2026-11-20T14:30+01:00") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _state(cell: str) -> OrderState:
    try:
        return OrderState(cell)
    except ValueError:
        raise ValueError("one of " + ", ".join(OrderState)) from None


def _words(cell: str) -> list[str]:
    return [word.strip() for word in cell.split("|") if word.strip()]


def _options(cell: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for part in cell.split("|"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value):
            raise ValueError('options such as "size=42|colour=navy"')
        options[name] = value
    return options


_REF = _matching(r"\S{1,40}", "1 to 40 characters without spaces")
_CURRENCY = _matching(r"[A-Z]{3}", 'three capital letters such as "EUR"')
_COUNTRY = _matching(r"[A-Z]{2}", 'two capital letters such as "DE"')

CUSTOMERS = (
    Column("ref", _REF),
    Column("name", _text(200)),
    Column("email", _email),
    Column("phone", _text(40), ""),
    Column("country", _COUNTRY),
    Column("locale", _matching(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", 'such as "en-GB"'), "en"),
    Column("time_zone", _time_zone, "UTC"),
    Column("street", _text(200), ""),
    Column("postcode", _text(20), ""),
    Column("city", _text(200), ""),
    Column("created_at", _moment, optional=True),
)
PRODUCTS = (
    Column("sku", _REF),
    Column("product", _text(200)),
    Column("category", _text(40)),
    Column("words", _words, ""),
    Column("options", _options, optional=True),
    Column("price", _price),
    Column("currency", _CURRENCY),
    Column("in_stock", _whole(0), "0"),
    Column("warranty_months", _whole(0), "0"),
    Column("final_sale", _yes, "no"),
)
ORDERS = (
    Column("number", _matching(r"\S{1,30}", "1 to 30 characters without spaces")),
    Column("customer_ref", _REF),
    Column("state", _state),
    Column("placed_at", _moment),
    Column("shipped_at", _moment, optional=True),
    Column("expected_at", _moment, optional=True),
    Column("delivered_at", _moment, optional=True),
    Column("currency", _CURRENCY),
    Column("shipping_price", _price, "0"),
    Column("is_gift", _yes, "no"),
    Column("payment_method", _text(200), "card"),
    Column("carrier", _text(200), optional=True),
    Column("tracking", _text(200), ""),
)
ORDER_LINES = (
    Column("order_number", _REF),
    Column("sku", _REF),
    Column("quantity", _whole(1), "1"),
    Column("price", _price),
    Column("final_sale", _yes, optional=True),
)
FILES = {
    "customers.csv": CUSTOMERS,
    "products.csv": PRODUCTS,
    "orders.csv": ORDERS,
    "order_lines.csv": ORDER_LINES,
}
