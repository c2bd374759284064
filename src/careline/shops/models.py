"""The tables of the embedded shop, which live in a database of their own.

Apart from the record on purpose: a real order system would not share our database either.
Amounts are whole hundredths, so that no database rounds them.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, MetaData, String, Text
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from careline.kit.database import Base, UtcDateTime

REF = String(40)
WORD = String(40)
NAME = String(200)
CENT = Decimal("0.01")


class ShopBase(DeclarativeBase):
    metadata = MetaData(naming_convention=Base.metadata.naming_convention)


class Hundredths(TypeDecorator[Decimal]):
    """A Decimal with two places, kept as a whole number of hundredths."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        hundredths = value * 100
        if hundredths != hundredths.to_integral_value():
            raise ValueError(f"{value} has more than two places")
        return int(hundredths)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(int(value)) / 100).quantize(CENT)


class CustomerRow(ShopBase):
    __tablename__ = "shop_customer"

    ref: Mapped[str] = mapped_column(REF, primary_key=True)
    name: Mapped[str] = mapped_column(NAME)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    phone: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(2))
    locale: Mapped[str] = mapped_column(String(20))
    time_zone: Mapped[str] = mapped_column(String(64))
    street: Mapped[str] = mapped_column(NAME)
    postcode: Mapped[str] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(NAME)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    searched: Mapped[str] = mapped_column(Text)  # what customers() looks through, casefolded


class VariantRow(ShopBase):
    __tablename__ = "shop_variant"

    sku: Mapped[str] = mapped_column(REF, primary_key=True)
    product: Mapped[str] = mapped_column(NAME, index=True)
    category: Mapped[str] = mapped_column(WORD)
    words: Mapped[list[str]] = mapped_column(JSON)
    options: Mapped[dict[str, str]] = mapped_column(JSON)
    price: Mapped[Decimal] = mapped_column(Hundredths)
    currency: Mapped[str] = mapped_column(String(3))  # the price list's own
    in_stock: Mapped[int]
    warranty_months: Mapped[int]
    final_sale: Mapped[bool]


class OrderRow(ShopBase):
    __tablename__ = "shop_order"

    number: Mapped[str] = mapped_column(REF, primary_key=True)
    customer_ref: Mapped[str] = mapped_column(ForeignKey("shop_customer.ref"), index=True)
    state: Mapped[str] = mapped_column(WORD, index=True)
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[Decimal] = mapped_column(Hundredths)  # as charged, shipping included
    shipping_price: Mapped[Decimal] = mapped_column(Hundredths)
    recipient: Mapped[str] = mapped_column(NAME)
    street: Mapped[str] = mapped_column(NAME)
    postcode: Mapped[str] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(NAME)
    country: Mapped[str] = mapped_column(String(2))
    is_gift: Mapped[bool]
    replaces: Mapped[str | None] = mapped_column(ForeignKey("shop_order.number"))

    customer: Mapped[CustomerRow] = relationship()
    lines: Mapped[list["LineRow"]] = relationship(order_by="LineRow.position")
    shipments: Mapped[list["ShipmentRow"]] = relationship(order_by="ShipmentRow.id")
    payments: Mapped[list["PaymentRow"]] = relationship(order_by="PaymentRow.at")
    refunds: Mapped[list["RefundRow"]] = relationship(order_by="RefundRow.asked_at")
    returns: Mapped[list["ReturnRow"]] = relationship(order_by="ReturnRow.asked_at")


class LineRow(ShopBase):
    __tablename__ = "shop_line"

    id: Mapped[str] = mapped_column(REF, primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey("shop_order.number"), index=True)
    position: Mapped[int]
    sku: Mapped[str] = mapped_column(ForeignKey("shop_variant.sku"))
    quantity: Mapped[int]
    price: Mapped[Decimal] = mapped_column(Hundredths)
    state: Mapped[str] = mapped_column(WORD)
    final_sale: Mapped[bool]
    refunded: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(0))
    returned_quantity: Mapped[int] = mapped_column(default=0)
    replaced_quantity: Mapped[int] = mapped_column(default=0)
    settled_quantity: Mapped[int] = mapped_column(default=0)  # returned, replaced or both
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shipment_id: Mapped[str | None] = mapped_column(ForeignKey("shop_shipment.id"), index=True)
    makes_good: Mapped[str | None] = mapped_column(ForeignKey("shop_line.id"))
    collects_old: Mapped[bool] = mapped_column(default=False)  # what it replaces comes back

    variant: Mapped[VariantRow] = relationship()


class ShipmentRow(ShopBase):
    __tablename__ = "shop_shipment"

    id: Mapped[str] = mapped_column(REF, primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey("shop_order.number"), index=True)
    carrier: Mapped[str] = mapped_column(NAME)
    tracking: Mapped[str] = mapped_column(NAME)
    state: Mapped[str] = mapped_column(WORD)
    shipped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PaymentRow(ShopBase):
    __tablename__ = "shop_payment"

    id: Mapped[str] = mapped_column(REF, primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey("shop_order.number"), index=True)
    method: Mapped[str] = mapped_column(NAME)
    amount: Mapped[Decimal] = mapped_column(Hundredths)
    state: Mapped[str] = mapped_column(WORD)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class RefundRow(ShopBase):
    __tablename__ = "shop_refund"

    reference: Mapped[str] = mapped_column(REF, primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey("shop_order.number"), index=True)
    line_id: Mapped[str | None] = mapped_column(ForeignKey("shop_line.id"))
    amount: Mapped[Decimal] = mapped_column(Hundredths)
    of_overpayment: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(WORD)
    reason: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReturnRow(ShopBase):
    __tablename__ = "shop_return"

    reference: Mapped[str] = mapped_column(REF, primary_key=True)
    order_number: Mapped[str] = mapped_column(ForeignKey("shop_order.number"), index=True)
    line_id: Mapped[str] = mapped_column(ForeignKey("shop_line.id"))
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(WORD)
    reason: Mapped[str] = mapped_column(Text)
    label_code: Mapped[str] = mapped_column(String(40), unique=True)  # cannot be guessed
    drop_off: Mapped[str] = mapped_column(NAME)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    send_by: Mapped[datetime] = mapped_column(UtcDateTime)


class RepairRow(ShopBase):
    __tablename__ = "shop_repair"

    reference: Mapped[str] = mapped_column(REF, primary_key=True)
    line_id: Mapped[str] = mapped_column(ForeignKey("shop_line.id"), index=True)
    problem: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(WORD)  # agreed | returned
    label_code: Mapped[str] = mapped_column(String(40), unique=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expected_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CreditRow(ShopBase):
    __tablename__ = "shop_credit"

    reference: Mapped[str] = mapped_column(REF, primary_key=True)
    customer_ref: Mapped[str] = mapped_column(ForeignKey("shop_customer.ref"), index=True)
    amount: Mapped[Decimal] = mapped_column(Hundredths)
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)


class TraceRow(ShopBase):
    __tablename__ = "shop_trace"

    reference: Mapped[str] = mapped_column(REF, primary_key=True)
    shipment_id: Mapped[str] = mapped_column(ForeignKey("shop_shipment.id"), unique=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expected_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WriteRow(ShopBase):
    """What was answered to a key; the same key again is answered from here."""

    __tablename__ = "shop_write"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(WORD)
    fingerprint: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SequenceRow(ShopBase):
    """The next number of each kind; its row lock makes writers of one kind take turns."""

    __tablename__ = "shop_sequence"

    name: Mapped[str] = mapped_column(WORD, primary_key=True)
    next: Mapped[int]
