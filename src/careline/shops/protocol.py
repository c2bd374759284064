"""What Careline needs of an order system: find, and change with an idempotency key.

Small on purpose, so that a real shop can stand behind it. Reads return plain frozen
values; every write takes a `key`: the same key again gives the first call's answer and
changes nothing. The embedded shop (shops.embedded) is one implementation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from careline.kit.errors import CarelineError


class OrderState(StrEnum):
    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class LineState(StrEnum):
    OPEN = "open"  # not shipped yet
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNING = "returning"  # a return was agreed, the goods are not back yet
    RETURNED = "returned"
    REPLACED = "replaced"  # a replacement or exchange was sent for all of it


@dataclass(frozen=True)
class Money:
    amount: Decimal  # two places
    currency: str  # ISO 4217


@dataclass(frozen=True)
class Address:
    name: str
    street: str
    postcode: str
    city: str
    country: str  # ISO 3166 alpha-2


@dataclass(frozen=True)
class ShopCustomer:
    ref: str  # the shop's own id, "C1001"
    name: str
    email: str
    phone: str
    country: str
    locale: str
    time_zone: str
    address: Address
    created_at: datetime


@dataclass(frozen=True)
class Variant:
    sku: str
    product: str  # "Harbour boots"
    category: str  # footwear | clothing | electronics | bakery | …
    words: tuple[str, ...]  # what customers call it: ("boots", "shoes")
    options: dict[str, str]  # {"size": "42", "colour": "navy"}; {} if there is one kind only
    price: Money
    in_stock: int
    warranty_months: int
    final_sale: bool

    @property
    def name(self) -> str:
        """The variant in words: "size 42, navy", or ""."""
        return ", ".join(f"size {v}" if k == "size" else v for k, v in self.options.items())


@dataclass(frozen=True)
class Line:
    id: str
    order_number: str
    variant: Variant
    quantity: int
    price: Money  # for one, as paid (after discounts)
    state: LineState
    final_sale: bool  # as sold; the variant may have changed since
    refunded: Decimal  # so far, for the whole line
    returned_quantity: int  # agreed or received
    delivered_at: datetime | None = None
    shipment: str | None = None
    replaced_quantity: int = 0  # sent again or exchanged, and not given back since
    unsettled_quantity: int = 0  # units for which nothing has been done yet
    makes_good: str | None = None  # the line that this one replaces; money is on that line


@dataclass(frozen=True)
class Shipment:
    id: str
    carrier: str
    tracking: str
    state: str  # preparing | shipped | in_transit | out_for_delivery | delivered | lost
    line_ids: tuple[str, ...]
    shipped_at: datetime | None
    expected_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True)
class Payment:
    method: str  # "Visa ending 4242", "PayPal", "invoice"
    amount: Money
    state: str  # pending | captured | failed | partly_refunded | refunded
    at: datetime


@dataclass(frozen=True)
class Refund:
    reference: str
    line_id: str | None
    amount: Money
    state: str  # pending | paid | failed
    asked_at: datetime
    expected_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True)
class Return:
    reference: str
    line_id: str
    quantity: int
    state: str  # agreed | in_transit | received
    label_url: str
    drop_off: str
    send_by: datetime


@dataclass(frozen=True)
class Order:
    number: str
    customer_ref: str
    state: OrderState
    placed_at: datetime
    delivered_at: datetime | None
    total: Money
    shipping_price: Money
    address: Address
    is_gift: bool
    lines: tuple[Line, ...]
    shipments: tuple[Shipment, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    returns: tuple[Return, ...] = ()
    replaces: str | None = None  # the order whose line this one makes good


@dataclass(frozen=True)
class Done:
    """A write that the shop has accepted."""

    reference: str  # refund, return or new order number
    expected_at: datetime  # money there, parcel there, or label valid until
    details: dict[str, str] = field(default_factory=dict)  # label_url, drop_off, method …


class ShopUnavailable(CarelineError):
    """The order system did not answer; the same call with the same key may be made again."""

    code = "shop_unavailable"
    status = 503


class Why(StrEnum):
    """The one reason why the order system refused."""

    NOT_FOUND = "not_found"
    SOLD_OUT = "sold_out"
    NOT_SHIPPED = "not_shipped"
    NOT_DELIVERED = "not_delivered"
    ALREADY_SHIPPED = "already_shipped"
    ALREADY_CANCELLED = "already_cancelled"
    ALREADY_SETTLED = "already_settled"  # replaced, sent back or paid back before
    NOT_PAID = "not_paid"
    MORE_THAN_PAID = "more_than_paid"
    OUT_OF_WARRANTY = "out_of_warranty"
    OTHER_PRODUCT = "other_product"
    OTHER_PRICE = "other_price"
    OTHER_CURRENCY = "other_currency"
    OTHER_COUNTRY = "other_country"
    BAD_AMOUNT = "bad_amount"
    KEY_REUSED = "key_reused"  # the key has been used for another request
    OTHER = "other"


class ShopRefused(CarelineError):
    """The order system will not do this; `why` says it for programs."""

    code = "shop_refused"
    status = 409

    def __init__(self, message: str, *, why: Why = Why.OTHER) -> None:
        super().__init__(message)
        self.why = why


class Shop(Protocol):
    """Every method may raise ShopUnavailable; writes may raise ShopRefused."""

    def customer(self, ref: str) -> ShopCustomer | None: ...
    def customer_by_email(self, email: str) -> ShopCustomer | None: ...
    def customers(self, query: str = "", limit: int = 50) -> Sequence[ShopCustomer]: ...
    def order(self, number: str) -> Order | None: ...
    def orders(
        self, *, customer_ref: str | None = None, state: str | None = None, limit: int = 50
    ) -> Sequence[Order]:
        """Newest first."""
        ...

    def orders_with(
        self,
        product: str,
        *,
        placed_after: datetime | None = None,
        after: str = "",
        limit: int = 200,
    ) -> Sequence[Order]:
        """Orders, not cancelled ones, with a line of the product of this exact name; by number,
        those behind `after`."""
        ...

    def variants(self, product: str) -> Sequence[Variant]:
        """All variants of the product with this exact name."""
        ...

    def search_products(self, words: str, limit: int = 5) -> Sequence[Variant]:
        """Best matches first, one variant for a product."""
        ...

    def create_return(self, *, key: str, line_id: str, quantity: int, reason: str) -> Done: ...
    def create_replacement(
        self, *, key: str, line_id: str, quantity: int, collect_old: bool
    ) -> Done:
        """Send the same variant again, free of charge."""
        ...

    def create_exchange(self, *, key: str, line_id: str, quantity: int, sku: str) -> Done:
        """Send another variant of the same product; the old one comes back."""
        ...

    def create_repair(self, *, key: str, line_id: str, problem: str) -> Done: ...
    def refund(self, *, key: str, line_id: str, amount: Money, reason: str) -> Done:
        """Pay back to the means of payment; never more than was paid for the line."""
        ...

    def refund_overpayment(self, *, key: str, number: str, reason: str) -> Done:
        """Pay back what was taken beyond the order's total, as in a double charge."""
        ...

    def give_credit(self, *, key: str, customer_ref: str, amount: Money, reason: str) -> Done: ...
    def cancel_order(self, *, key: str, number: str, reason: str) -> Done:
        """Stop an order that has not been shipped, and pay it back."""
        ...

    def cancel_line(self, *, key: str, line_id: str, reason: str) -> Done: ...
    def change_variant(self, *, key: str, line_id: str, sku: str) -> Done:
        """In an order that has not been shipped: another size or colour."""
        ...

    def change_address(self, *, key: str, number: str, address: Address) -> Done: ...
    def trace_parcel(self, *, key: str, number: str, shipment_id: str | None) -> Done:
        """Ask the carrier to look for a parcel."""
        ...
