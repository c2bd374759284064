"""A shop small enough to keep in mind: one customer, a few orders, each in one state."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from careline.kit.database import Database
from careline.shops.seed import insert_all
from careline.shops.seed_orders import Rows

BOOTS_41, BOOTS_42, BOOTS_43 = "BOOT-41", "BOOT-42", "BOOT-43"  # 42: 5 left; 43: sold out
BOOTS_GOLD, KETTLE = "BOOT-GOLD", "KETTLE"  # gold boots cost more; the kettle has warranty
DELIVERED = "10001"  # 2 pairs of boots 41 at 50.00, a kettle at 30.00; shipping 5.00
PAID = "10002"  # 1 pair of boots 41, a kettle; not shipped
SHIPPED = "10003"  # 1 kettle on its way
UNPAID = "10004"  # 1 kettle, payment failed
CHARGED_TWICE = "10005"  # 1 kettle, delivered, 30.00 taken twice
BOOTS, DELIVERED_KETTLE = "10001-1", "10001-2"
PAID_BOOTS, PAID_KETTLE = "10002-1", "10002-2"


def fill(database: Database, now: datetime) -> None:
    rows = Rows()
    boots, kettle = (BOOTS_41, "50.00"), (KETTLE, "30.00")
    _order(rows, DELIVERED, "delivered", now, [(*boots, 2), (*kettle, 1)], shipping="5.00")
    _order(rows, PAID, "paid", now, [(*boots, 1), (*kettle, 1)], shipping="5.00")
    _order(rows, SHIPPED, "shipped", now, [(*kettle, 1)])
    _order(rows, UNPAID, "placed", now, [(*kettle, 1)], payments=("failed",))
    _order(rows, CHARGED_TWICE, "delivered", now, [(*kettle, 1)], payments=("captured",) * 2)
    variants = [
        _variant(BOOTS_41, "Boots", {"size": "41"}, "50.00", 5),
        _variant(BOOTS_42, "Boots", {"size": "42"}, "50.00", 5),
        _variant(BOOTS_43, "Boots", {"size": "43"}, "50.00", 0),
        _variant(BOOTS_GOLD, "Boots", {"size": "41", "colour": "gold"}, "90.00", 5),
        _variant(KETTLE, "Kettle", {}, "30.00", 9, warranty_months=24),
    ]
    with database.begin() as session:
        insert_all(session, [_customer(now)], variants, rows)


def _customer(now: datetime) -> dict[str, Any]:
    return {
        "ref": "C1001",
        "name": "Ada Okoro",
        "email": "ada@example.com",
        "phone": "+44 100",
        "country": "GB",
        "locale": "en-GB",
        "time_zone": "Europe/London",
        "street": "1 Quay",
        "postcode": "BS1",
        "city": "Bristol",
        "created_at": now - timedelta(days=400),
        "searched": "c1001 ada okoro ada@example.com +44 100",
    }


def _variant(
    sku: str, product: str, options: dict[str, str], price: str, stock: int, **more: int
) -> dict[str, Any]:
    return {
        "sku": sku,
        "product": product,
        "category": "footwear" if product == "Boots" else "electronics",
        "words": [product.lower()],
        "options": options,
        "price": Decimal(price),
        "currency": "GBP",
        "in_stock": stock,
        "warranty_months": more.get("warranty_months", 0),
        "final_sale": False,
    }


def _order(
    rows: Rows,
    number: str,
    state: str,
    now: datetime,
    items: list[tuple[str, str, int]],
    *,
    shipping: str = "0.00",
    payments: tuple[str, ...] = ("captured",),
) -> None:
    delivered = now - timedelta(days=3) if state == "delivered" else None
    shipped = now - timedelta(days=5) if state in ("delivered", "shipped") else None
    total = sum((Decimal(price) * count for _, price, count in items), Decimal(shipping))
    rows.orders.append({
        "number": number, "customer_ref": "C1001", "state": state,
        "placed_at": now - timedelta(days=6), "delivered_at": delivered, "currency": "GBP",
        "total": total, "shipping_price": Decimal(shipping), "recipient": "Ada Okoro",
        "street": "1 Quay", "postcode": "BS1", "city": "Bristol", "country": "GB",
        "is_gift": False, "replaces": None,
    })  # fmt: skip
    rows.shipments.append({
        "id": f"S{number}-1", "order_number": number, "carrier": "Royal Mail",
        "tracking": f"HV{number}", "state": "delivered" if delivered else
        "in_transit" if shipped else "preparing", "shipped_at": shipped,
        "expected_at": now, "delivered_at": delivered,
    })  # fmt: skip
    for position, (sku, price, count) in enumerate(items, start=1):
        rows.lines.append({
            "id": f"{number}-{position}", "order_number": number, "position": position,
            "sku": sku, "quantity": count, "price": Decimal(price),
            "state": "delivered" if delivered else "shipped" if shipped else "open",
            "final_sale": False, "refunded": Decimal(0), "returned_quantity": 0,
            "replaced_quantity": 0, "settled_quantity": 0, "delivered_at": delivered,
            "shipment_id": f"S{number}-1", "makes_good": None, "collects_old": False,
        })  # fmt: skip
    for position, payment in enumerate(payments, start=1):
        rows.payments.append({
            "id": f"P{number}-{position}", "order_number": number, "amount": total,
            "method": "Visa ending 4242", "state": payment, "at": now - timedelta(days=6),
        })  # fmt: skip
