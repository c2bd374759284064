"""The demo shop "Harbour & Vine": the same people, products and orders every time.

Only the dates move: they are counted back from `now`, so that there are always parcels
that arrived this week.
"""

import random
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from careline.kit.database import Database
from careline.kit.errors import Conflict
from careline.shops.embedded import create_tables
from careline.shops.models import (
    CustomerRow,
    LineRow,
    OrderRow,
    PaymentRow,
    RefundRow,
    ReturnRow,
    SequenceRow,
    ShipmentRow,
    ShopBase,
    VariantRow,
)
from careline.shops.seed_catalogue import CatalogueVariant, as_row, catalogue
from careline.shops.seed_orders import Draft, Row, Rows, Story, draft, tell
from careline.shops.seed_people import people
from careline.shops.showcase import SHOWCASE
from careline.shops.writing import FIRST_NUMBERS

SHOP_NAME = "Harbour & Vine"
CUSTOMERS = 300
ORDERS = 1500
SURELY_DELIVERED = 40  # the first so many customers had a parcel in the last days
_SEED = 20261122

# How many of a thousand orders, and the age in days of what the story is about.
_STORIES: tuple[tuple[Story, int, float, float], ...] = (
    (Story.DELIVERED, 270, 2, 10),
    (Story.DELIVERED, 130, 10, 29),
    (Story.DELIVERED, 210, 31, 380),
    (Story.IN_TRANSIT, 70, 0.5, 3),
    (Story.OUT_FOR_DELIVERY, 20, 1, 3),
    (Story.LATE, 30, 1, 6),
    (Story.LOST, 10, 6, 14),
    (Story.SPLIT, 25, 2, 4),
    (Story.PAID, 60, 0.1, 1.5),
    (Story.UNPAID, 15, 0.1, 2),
    (Story.PAYMENT_FAILED, 15, 0.2, 4),
    (Story.CANCELLED, 40, 2, 200),
    (Story.RETURNED, 30, 15, 200),
    (Story.PARTLY_RETURNED, 25, 15, 200),
    (Story.RETURNING, 15, 3, 9),
    (Story.REFUND_PENDING, 15, 5, 9),
    (Story.REFUND_LATE, 10, 12, 20),
    (Story.DOUBLE_CHARGE, 10, 3, 20),
)


@dataclass(frozen=True)
class SeedReport:
    customers: int
    products: int
    variants: int
    orders: int
    lines: int
    orders_by_state: dict[str, int]


def seed(shop_database: Database, clock_now: datetime) -> SeedReport:
    """Fill an empty shop. Raises Conflict if there are customers in it already."""
    create_tables(shop_database)
    chance = random.Random(_SEED)
    variants = catalogue(chance)
    fixed = {one.ref: (one.name, one.country) for one in SHOWCASE}
    customers = people(chance, clock_now, CUSTOMERS, fixed)
    drafts = _showcase_drafts(chance, clock_now, customers, variants)
    drafts += _other_drafts(chance, clock_now, customers, variants, ORDERS - len(drafts))
    rows = tell(drafts, clock_now, FIRST_NUMBERS["order"])
    with shop_database.begin() as session:
        refuse_unless_empty(session)
        insert_all(session, customers, [as_row(variant) for variant in variants], rows)
    return SeedReport(
        customers=len(customers),
        products=len({variant.product for variant in variants}),
        variants=len(variants),
        orders=len(rows.orders),
        lines=len(rows.lines),
        orders_by_state=dict(Counter(str(order["state"]) for order in rows.orders)),
    )


def refuse_unless_empty(session: Session) -> None:
    if session.scalar(select(CustomerRow.ref).limit(1)) is not None:
        raise Conflict(
            "The shop has customers already; remove its database to start with a new one."
        )


def insert_all(
    session: Session, customers: list[Row], variants: list[dict[str, Any]], rows: Rows
) -> None:
    tables: list[tuple[type[ShopBase], list[Row]]] = [
        (CustomerRow, customers),
        (VariantRow, variants),
        (OrderRow, rows.orders),
        (ShipmentRow, rows.shipments),
        (LineRow, rows.lines),
        (PaymentRow, rows.payments),
        (RefundRow, rows.refunds),
        (ReturnRow, rows.returns),
    ]
    for table, values in tables:
        if values:
            session.execute(insert(table), values)
    numbers = [order["number"] for order in rows.orders]
    given = {
        "order": max((int(n) for n in numbers if re.fullmatch("[0-9]{1,9}", n)), default=0),
        "refund": FIRST_NUMBERS["refund"] + len(rows.refunds) - 1,
        "return": FIRST_NUMBERS["return"] + len(rows.returns) - 1,
    }
    for name, last in given.items():
        following = max(last + 1, FIRST_NUMBERS[name])
        session.execute(update(SequenceRow).where(SequenceRow.name == name).values(next=following))


def _showcase_drafts(
    chance: random.Random,
    now: datetime,
    customers: list[Row],
    variants: list[CatalogueVariant],
) -> list[Draft]:
    by_ref = {customer["ref"]: customer for customer in customers}
    by_name = {_name(variant): variant for variant in variants}
    return [
        draft(
            chance,
            now,
            by_ref[one.ref],
            Story(order.story),
            order.age,
            [(by_name[item], count) for item, count in order.items],
            is_gift=order.is_gift,
        )
        for one in SHOWCASE
        for order in one.orders
    ]


def _other_drafts(
    chance: random.Random,
    now: datetime,
    customers: list[Row],
    variants: list[CatalogueVariant],
    count: int,
) -> list[Draft]:
    shown = {one.ref for one in SHOWCASE}
    others = [customer for customer in customers if customer["ref"] not in shown]
    sure = [c for c in customers[:SURELY_DELIVERED] if c["ref"] not in shown]
    by_product: dict[str, list[CatalogueVariant]] = {}
    for variant in variants:
        by_product.setdefault(variant.product, []).append(variant)
    products = list(by_product.values())
    weights = [weight for _, weight, _, _ in _STORIES]
    made = []
    for position in range(count):
        if position < len(sure):
            customer, (story, _, youngest, oldest) = sure[position], _STORIES[0]
        else:
            customer = chance.choice(others)
            story, _, youngest, oldest = chance.choices(_STORIES, weights)[0]
        age = timedelta(days=round(chance.uniform(youngest, oldest), 3))
        items = _basket(chance, products, story)
        gift = chance.random() < 0.08
        made.append(draft(chance, now, customer, story, age, items, is_gift=gift))
    return made


def _basket(
    chance: random.Random, products: list[list[CatalogueVariant]], story: Story
) -> list[tuple[CatalogueVariant, int]]:
    count = chance.choices((1, 2, 3, 4), (55, 27, 12, 6))[0]
    if story in (Story.SPLIT, Story.PARTLY_RETURNED):
        count = max(2, count)
    picked = [chance.choice(variants) for variants in chance.sample(products, count)]
    return [(variant, chance.choices((1, 2, 3), (84, 11, 5))[0]) for variant in picked]


def _name(variant: CatalogueVariant) -> str:
    """As the showcase writes it: "Harbour boots | 40, navy"."""
    options = ", ".join(variant.options.values())
    return f"{variant.product} | {options}" if options else variant.product
