"""Rows of the embedded shop as the protocol's frozen values, and the queries that find them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from careline.shops import ledger
from careline.shops.models import (
    CustomerRow,
    LineRow,
    OrderRow,
    RefundRow,
    ReturnRow,
    ShipmentRow,
    VariantRow,
)
from careline.shops.protocol import (
    Address,
    Line,
    LineState,
    Money,
    Order,
    OrderState,
    Payment,
    Refund,
    Return,
    Shipment,
    ShopCustomer,
    Variant,
)

_WHOLE_ORDER = (
    selectinload(OrderRow.lines).selectinload(LineRow.variant),
    selectinload(OrderRow.shipments),
    selectinload(OrderRow.payments),
    selectinload(OrderRow.refunds),
    selectinload(OrderRow.returns),
)


def find_customers(session: Session, query: str, limit: int) -> Sequence[CustomerRow]:
    """Every word of the query is somewhere in the name, e-mail, telephone or id."""
    found = select(CustomerRow).order_by(CustomerRow.ref).limit(limit)
    for word in query.casefold().split():
        found = found.where(CustomerRow.searched.contains(word, autoescape=True))
    return session.scalars(found).all()


def find_order(session: Session, number: str) -> OrderRow | None:
    return session.scalar(select(OrderRow).where(OrderRow.number == number).options(*_WHOLE_ORDER))


def find_orders(
    session: Session, *, customer_ref: str | None, state: str | None, limit: int
) -> Sequence[OrderRow]:
    found = select(OrderRow).options(*_WHOLE_ORDER).limit(limit)
    if customer_ref is not None:
        found = found.where(OrderRow.customer_ref == customer_ref)
    if state is not None:
        found = found.where(OrderRow.state == state)
    newest_first = found.order_by(OrderRow.placed_at.desc(), OrderRow.number.desc())
    return session.scalars(newest_first).all()


def customer_value(row: CustomerRow) -> ShopCustomer:
    return ShopCustomer(
        ref=row.ref,
        name=row.name,
        email=row.email,
        phone=row.phone,
        country=row.country,
        locale=row.locale,
        time_zone=row.time_zone,
        address=Address(row.name, row.street, row.postcode, row.city, row.country),
        created_at=row.created_at,
    )


def variant_value(row: VariantRow) -> Variant:
    return Variant(
        sku=row.sku,
        product=row.product,
        category=row.category,
        words=tuple(row.words),
        options=dict(row.options),
        price=Money(row.price, row.currency),
        in_stock=row.in_stock,
        warranty_months=row.warranty_months,
        final_sale=row.final_sale,
    )


def order_value(row: OrderRow) -> Order:
    return Order(
        number=row.number,
        customer_ref=row.customer_ref,
        state=OrderState(row.state),
        placed_at=row.placed_at,
        delivered_at=row.delivered_at,
        total=Money(row.total, row.currency),
        shipping_price=Money(row.shipping_price, row.currency),
        address=Address(row.recipient, row.street, row.postcode, row.city, row.country),
        is_gift=row.is_gift,
        lines=tuple(_line(line, row.currency) for line in row.lines),
        shipments=tuple(_shipment(one, row.lines) for one in row.shipments),
        payments=tuple(
            Payment(p.method, Money(p.amount, row.currency), p.state, p.at) for p in row.payments
        ),
        refunds=tuple(_refund(one, row.currency) for one in row.refunds),
        returns=tuple(_return(one) for one in row.returns),
        replaces=row.replaces,
    )


def label_path(code: str) -> str:
    """Where the shop's pages show the label; the code in it cannot be guessed."""
    return f"/shop/labels/{code}"


def _line(row: LineRow, currency: str) -> Line:
    return Line(
        id=row.id,
        order_number=row.order_number,
        variant=variant_value(row.variant),
        quantity=row.quantity,
        price=Money(row.price, currency),
        state=LineState(row.state),
        final_sale=row.final_sale,
        refunded=row.refunded,
        returned_quantity=row.returned_quantity,
        delivered_at=row.delivered_at,
        shipment=row.shipment_id,
        replaced_quantity=row.replaced_quantity,
        unsettled_quantity=ledger.unsettled(row),
        makes_good=row.makes_good,
    )


def _shipment(row: ShipmentRow, lines: Sequence[LineRow]) -> Shipment:
    return Shipment(
        id=row.id,
        carrier=row.carrier,
        tracking=row.tracking,
        state=row.state,
        line_ids=tuple(line.id for line in lines if line.shipment_id == row.id),
        shipped_at=row.shipped_at,
        expected_at=row.expected_at,
        delivered_at=row.delivered_at,
    )


def _refund(row: RefundRow, currency: str) -> Refund:
    return Refund(
        reference=row.reference,
        line_id=row.line_id,
        amount=Money(row.amount, currency),
        state=row.state,
        asked_at=row.asked_at,
        expected_at=row.expected_at,
        paid_at=row.paid_at,
    )


def _return(row: ReturnRow) -> Return:
    return Return(
        reference=row.reference,
        line_id=row.line_id,
        quantity=row.quantity,
        state=row.state,
        label_url=label_path(row.label_code),
        drop_off=row.drop_off,
        send_by=row.send_by,
    )
