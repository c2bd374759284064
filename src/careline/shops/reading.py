"""Rows of the embedded shop as the protocol's frozen values, and the queries that find them.

Orders are read with plain statements made once: a turn of the bot reads several, and the
object mapper took four times as long for them.
"""

from collections import defaultdict, namedtuple
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Label, Select, bindparam, exists, select
from sqlalchemy.orm import Session

from careline.kit.many import any_named
from careline.shops import ledger
from careline.shops.models import (
    CustomerRow,
    LineRow,
    OrderRow,
    PaymentRow,
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


class _Query:
    """A statement that is made once, with rows of which a column is asked for quickly.

    Asking SQLAlchemy's own rows for the thirty columns of a line took as long as reading it.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        columns: Any = namedtuple("columns", statement.selected_columns.keys())  # type: ignore[misc] # known at run time
        self._made_of = columns._make

    def rows(self, connection: Connection, given: Mapping[str, Any]) -> list[Any]:
        found = connection.execute(self._statement, given)
        return [self._made_of(row) for row in found]


_orders, _lines, _shipments, _payments, _refunds, _returns, _variants = (
    row.metadata.tables[row.__tablename__]
    for row in (OrderRow, LineRow, ShipmentRow, PaymentRow, RefundRow, ReturnRow, VariantRow)
)


def _any(table: Any, name: str) -> Label[bool]:
    return exists().where(table.c.order_number == _orders.c.number).label(name)


# Most orders have no refund and no return, which need not be looked for then.
_WHOLE_ROW = (*_orders.c, _any(_refunds, "has_refunds"), _any(_returns, "has_returns"))
_ORDER = _Query(select(*_WHOLE_ROW).where(_orders.c.number == bindparam("number")))
_LATEST = {  # by whether a customer and whether a state is given
    (by_customer, by_state): _Query(
        select(*_WHOLE_ROW)
        .where(*[_orders.c.customer_ref == bindparam("customer_ref")] * by_customer)
        .where(*[_orders.c.state == bindparam("state")] * by_state)
        .order_by(_orders.c.placed_at.desc(), _orders.c.number.desc())
        .limit(bindparam("limit"))
    )
    for by_customer in (True, False)
    for by_state in (True, False)
}
_VARIANTS = _Query(
    select(_variants).where(_variants.c.product == bindparam("product")).order_by(_variants.c.sku)
)


def _part(table: Any, by: str) -> _Query:
    of_these = any_named(table.c.order_number, "numbers")
    return _Query(select(table).where(of_these).order_by(table.c[by]))


_LINES = _Query(
    select(
        *_lines.c,
        VariantRow.product,
        VariantRow.category,
        VariantRow.words,
        VariantRow.options,
        VariantRow.price.label("list_price"),
        VariantRow.currency.label("list_currency"),
        VariantRow.in_stock,
        VariantRow.warranty_months,
        VariantRow.final_sale.label("now_final_sale"),
    )
    .join_from(_lines, VariantRow, _lines.c.sku == VariantRow.sku)
    .where(any_named(_lines.c.order_number, "numbers"))
    .order_by(_lines.c.position)
)
_SHIPMENTS = _part(_shipments, "id")
_PAYMENTS = _part(_payments, "at")
_REFUNDS = _part(_refunds, "asked_at")
_RETURNS = _part(_returns, "asked_at")


def find_customers(session: Session, query: str, limit: int) -> Sequence[CustomerRow]:
    """Every word of the query is somewhere in the name, e-mail, telephone or id."""
    found = select(CustomerRow).order_by(CustomerRow.ref).limit(limit)
    for word in query.casefold().split():
        found = found.where(CustomerRow.searched.contains(word, autoescape=True))
    return session.scalars(found).all()


def find_variants(connection: Connection, product: str) -> list[Variant]:
    return [variant_value(row) for row in _VARIANTS.rows(connection, {"product": product})]


def find_order(connection: Connection, number: str) -> Order | None:
    found = _ORDER.rows(connection, {"number": number})
    return _whole(connection, found)[0] if found else None


def find_orders(
    connection: Connection, *, customer_ref: str | None, state: str | None, limit: int
) -> list[Order]:
    found = _LATEST[customer_ref is not None, state is not None]
    given = {"customer_ref": customer_ref, "state": state, "limit": limit}
    return _whole(connection, found.rows(connection, given))


def find_orders_with(
    connection: Connection, product: str, placed_after: datetime | None, after: str, limit: int
) -> list[Order]:
    """By number, those behind `after`; cancelled ones left out."""
    holding = (
        select(LineRow.order_number)
        .join(VariantRow, VariantRow.sku == LineRow.sku)
        .where(VariantRow.product == product)
    )
    wanted = (
        select(*_WHOLE_ROW)
        .where(
            _orders.c.number.in_(holding),
            _orders.c.number > after,
            _orders.c.state != OrderState.CANCELLED,
        )
        .order_by(_orders.c.number)
        .limit(limit)
    )
    if placed_after is not None:
        wanted = wanted.where(_orders.c.placed_at >= placed_after)
    return _whole(connection, connection.execute(wanted).all())


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


def variant_value(row: Any) -> Variant:
    """Of a mapped row or a plain one."""
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


def label_path(code: str) -> str:
    """Where the shop's pages show the label; the code in it cannot be guessed."""
    return f"/shop/labels/{code}"


def _whole(connection: Connection, found: Sequence[Any]) -> list[Order]:
    """The orders with all that belongs to them, in the given order."""
    numbers = [row.number for row in found]
    parts = [_by_order(connection, part, numbers) for part in (_LINES, _SHIPMENTS, _PAYMENTS)]
    refunded = [row.number for row in found if row.has_refunds]
    returned = [row.number for row in found if row.has_returns]
    parts += [_by_order(connection, _REFUNDS, refunded), _by_order(connection, _RETURNS, returned)]
    return [_order(row, *(part[row.number] for part in parts)) for row in found]


def _by_order(
    connection: Connection, part: _Query, numbers: list[str]
) -> defaultdict[str, list[Any]]:
    rows = defaultdict(list)
    if numbers:
        for row in part.rows(connection, {"numbers": numbers}):
            rows[row.order_number].append(row)
    return rows


def _order(
    row: Any,
    lines: list[Any],
    shipments: list[Any],
    payments: list[Any],
    refunds: list[Any],
    returns: list[Any],
) -> Order:
    currency = row.currency
    return Order(
        number=row.number,
        customer_ref=row.customer_ref,
        state=OrderState(row.state),
        placed_at=row.placed_at,
        delivered_at=row.delivered_at,
        total=Money(row.total, currency),
        shipping_price=Money(row.shipping_price, currency),
        address=Address(row.recipient, row.street, row.postcode, row.city, row.country),
        is_gift=row.is_gift,
        lines=tuple(_line(line, currency) for line in lines),
        shipments=tuple(_shipment(one, lines) for one in shipments),
        payments=tuple(
            Payment(p.method, Money(p.amount, currency), p.state, p.at) for p in payments
        ),
        refunds=tuple(_refund(one, currency) for one in refunds),
        returns=tuple(_return(one) for one in returns),
        replaces=row.replaces,
    )


def _line(row: Any, currency: str) -> Line:
    return Line(
        id=row.id,
        order_number=row.order_number,
        variant=Variant(
            sku=row.sku,
            product=row.product,
            category=row.category,
            words=tuple(row.words),
            options=dict(row.options),
            price=Money(row.list_price, row.list_currency),
            in_stock=row.in_stock,
            warranty_months=row.warranty_months,
            final_sale=row.now_final_sale,
        ),
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


def _shipment(row: Any, lines: Sequence[Any]) -> Shipment:
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


def _refund(row: Any, currency: str) -> Refund:
    return Refund(
        reference=row.reference,
        line_id=row.line_id,
        amount=Money(row.amount, currency),
        state=row.state,
        asked_at=row.asked_at,
        expected_at=row.expected_at,
        paid_at=row.paid_at,
    )


def _return(row: Any) -> Return:
    return Return(
        reference=row.reference,
        line_id=row.line_id,
        quantity=row.quantity,
        state=row.state,
        label_url=label_path(row.label_code),
        drop_off=row.drop_off,
        send_by=row.send_by,
    )
