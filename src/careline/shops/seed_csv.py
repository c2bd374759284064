"""Load a user's own customers, products and orders from four CSV files, all or nothing."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from careline.kit.database import Database
from careline.shops import promises
from careline.shops.csv_columns import CUSTOMERS, ORDER_LINES, ORDERS, PRODUCTS
from careline.shops.csv_reading import CsvFolder, CsvRow
from careline.shops.embedded import create_tables
from careline.shops.protocol import LineState, OrderState
from careline.shops.seed import SeedReport, insert_all, refuse_unless_empty
from careline.shops.seed_orders import Rows
from careline.shops.seed_people import searched

_LINE_STATES = {
    OrderState.PLACED: LineState.OPEN,
    OrderState.PAID: LineState.OPEN,
    OrderState.SHIPPED: LineState.SHIPPED,
    OrderState.DELIVERED: LineState.DELIVERED,
    OrderState.CANCELLED: LineState.CANCELLED,
    OrderState.RETURNED: LineState.RETURNED,
}
_SHIPPED = {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.RETURNED}
_DELIVERED = {OrderState.DELIVERED, OrderState.RETURNED}
_PAID_BACK = {OrderState.CANCELLED, OrderState.RETURNED}


def seed_from_csv(shop_database: Database, folder: Path, clock_now: datetime) -> SeedReport:
    """Fill an empty shop from customers, products, orders and order_lines.csv.

    Raises CsvRefused with file, line and column of everything that is wrong; then nothing
    has been imported.
    """
    files = CsvFolder(folder)
    customers = files.read("customers.csv", CUSTOMERS)
    products = files.read("products.csv", PRODUCTS)
    orders = files.read("orders.csv", ORDERS)
    lines = files.read("order_lines.csv", ORDER_LINES)
    files.refuse_if_any()
    _check_together(files, customers, products, orders, lines)
    files.refuse_if_any()
    people = {row["ref"]: _customer(row, clock_now) for row in customers}
    variants = {row["sku"]: _variant(row) for row in products}
    rows = _order_rows(people, variants, orders, lines)
    create_tables(shop_database)
    with shop_database.begin() as session:
        refuse_unless_empty(session)
        insert_all(session, list(people.values()), list(variants.values()), rows)
    return SeedReport(
        customers=len(people),
        products=len({variant["product"] for variant in variants.values()}),
        variants=len(variants),
        orders=len(rows.orders),
        lines=len(rows.lines),
        orders_by_state=dict(Counter(str(order["state"]) for order in rows.orders)),
    )


def _check_together(
    files: CsvFolder,
    customers: list[CsvRow],
    products: list[CsvRow],
    orders: list[CsvRow],
    lines: list[CsvRow],
) -> None:
    refs = _unique(files, customers, "ref")
    _unique(files, customers, "email")
    skus = _unique(files, products, "sku")
    numbers = _unique(files, orders, "number")
    _known(files, orders, "customer_ref", refs, "customers.csv")
    _known(files, lines, "order_number", numbers, "orders.csv")
    _known(files, lines, "sku", skus, "products.csv")
    with_lines = {line["order_number"] for line in lines}
    for order in orders:
        if order["number"] not in with_lines:
            files.complain_about(order, "number", "this order has no line in order_lines.csv")
        _check_times(files, order)


def _check_times(files: CsvFolder, order: CsvRow) -> None:
    state = order["state"]
    for column, states in (("shipped_at", _SHIPPED), ("delivered_at", _DELIVERED)):
        if state in states and order[column] is None:
            files.complain_about(order, column, f"it must be filled in for a {state} order")
        if state not in states and order[column] is not None:
            files.complain_about(order, column, f"it must be empty for a {state} order")
    given = [order[name] for name in ("placed_at", "shipped_at", "delivered_at") if order[name]]
    if given != sorted(given):
        files.complain_about(
            order, "placed_at", "placed_at, shipped_at and delivered_at must follow each other"
        )


def _unique(files: CsvFolder, rows: Iterable[CsvRow], column: str) -> set[str]:
    first: dict[str, int] = {}
    for row in rows:
        if row[column] in first:
            earlier = first[row[column]]
            files.complain_about(row, column, f'"{row[column]}" is on line {earlier} already')
        first.setdefault(row[column], row.line)
    return set(first)


def _known(
    files: CsvFolder, rows: Iterable[CsvRow], column: str, known: set[str], where: str
) -> None:
    for row in rows:
        if row[column] not in known:
            files.complain_about(row, column, f'"{row[column]}" is not in {where}')


def _customer(row: CsvRow, now: datetime) -> dict[str, Any]:
    found_by = searched(row["ref"], row["name"], row["email"], row["phone"])
    return row.values | {"created_at": row["created_at"] or now, "searched": found_by}


def _variant(row: CsvRow) -> dict[str, Any]:
    return row.values | {"options": row["options"] or {}}


def _order_rows(
    people: dict[str, dict[str, Any]],
    variants: dict[str, dict[str, Any]],
    orders: list[CsvRow],
    lines: list[CsvRow],
) -> Rows:
    rows = Rows()
    by_order: dict[str, list[CsvRow]] = {}
    for line in lines:
        by_order.setdefault(line["order_number"], []).append(line)
    for order in orders:
        customer = people[order["customer_ref"]]
        own = [
            _line(order, line, position, variants[line["sku"]])
            for position, line in enumerate(by_order[order["number"]], start=1)
        ]
        goods = sum((line["price"] * line["quantity"] for line in own), Decimal(0))
        total = goods + order["shipping_price"]
        rows.orders.append(_order(order, customer, total))
        rows.payments.append(_payment(order, total))
        if order["state"] is not OrderState.CANCELLED:
            rows.shipments.append(_shipment(order, customer))
        if order["state"] is OrderState.RETURNED:
            rows.refunds.extend(_refund(rows, order, line["refunded"], line["id"]) for line in own)
        if order["state"] is OrderState.CANCELLED:
            rows.refunds.append(_refund(rows, order, total, None))
        rows.lines.extend(own)
    return rows


def _order(order: CsvRow, customer: dict[str, Any], total: Decimal) -> dict[str, Any]:
    taken = ("number", "customer_ref", "state", "placed_at", "delivered_at", "currency")
    address = {part: customer[part] for part in ("street", "postcode", "city", "country")}
    return {name: order[name] for name in (*taken, "shipping_price", "is_gift")} | {
        **address,
        "recipient": customer["name"],
        "total": total,
        "replaces": None,
    }


def _line(order: CsvRow, line: CsvRow, position: int, variant: dict[str, Any]) -> dict[str, Any]:
    number, state, count = order["number"], order["state"], line["quantity"]
    returned = count if state is OrderState.RETURNED else 0
    sold_finally = line["final_sale"]
    return {
        "id": f"{number}-{position}",
        "order_number": number,
        "position": position,
        "sku": line["sku"],
        "quantity": count,
        "price": line["price"],
        "state": _LINE_STATES[state],
        "final_sale": variant["final_sale"] if sold_finally is None else sold_finally,
        "refunded": line["price"] * count if state in _PAID_BACK else Decimal(0),
        "returned_quantity": returned,
        "replaced_quantity": 0,
        "settled_quantity": returned,
        "delivered_at": order["delivered_at"],
        "shipment_id": None if state is OrderState.CANCELLED else f"S{number}-1",
        "makes_good": None,
        "collects_old": False,
    }


def _payment(order: CsvRow, total: Decimal) -> dict[str, Any]:
    states = {
        OrderState.PLACED: "pending",
        OrderState.CANCELLED: "refunded",
        OrderState.RETURNED: "partly_refunded" if order["shipping_price"] else "refunded",
    }
    return {
        "id": f"P{order['number']}-1",
        "order_number": order["number"],
        "method": order["payment_method"],
        "amount": total,
        "state": states.get(order["state"], "captured"),
        "at": order["placed_at"],
    }


def _shipment(order: CsvRow, customer: dict[str, Any]) -> dict[str, Any]:
    country, zone = customer["country"], customer["time_zone"]
    state = "delivered" if order["delivered_at"] else "in_transit"
    promised = promises.delivery_by(order["placed_at"], country=country, zone=zone)
    return {
        "id": f"S{order['number']}-1",
        "order_number": order["number"],
        "carrier": order["carrier"] or promises.carrier_for(country),
        "tracking": order["tracking"],
        "state": state if order["shipped_at"] else "preparing",
        "shipped_at": order["shipped_at"],
        "expected_at": order["expected_at"] or promised,
        "delivered_at": order["delivered_at"],
    }


def _refund(rows: Rows, order: CsvRow, amount: Decimal, line_id: str | None) -> dict[str, Any]:
    at = order["delivered_at"] or order["placed_at"]
    return {
        "reference": f"RF-{rows.next('refund', 70001)}",
        "order_number": order["number"],
        "line_id": line_id,
        "amount": amount,
        "of_overpayment": False,
        "state": "paid",
        "reason": str(order["state"]),
        "asked_at": at,
        "expected_at": at + timedelta(days=7),
        "paid_at": at + timedelta(days=7),
    }
