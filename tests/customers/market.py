"""A demo shop whose customers have just the orders that the goals speak of; nobody is met twice."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from careline.bootstrap import build
from careline.kit.database import Database
from careline.kit.migrate import upgrade
from careline.kit.settings import Settings
from careline.shops.embedded import create_tables
from careline.shops.seed import insert_all
from careline.shops.seed_catalogue import CatalogueVariant, as_row, catalogue
from careline.shops.seed_orders import Draft, Story, draft, tell
from careline.shops.seed_people import people
from careline.shops.writing import FIRST_NUMBERS
from tests.customers.goals import Goal

_PLENTY = 1000  # in stock: what is sold out stays so, nothing else sells out while we measure
_NAMES = ("Robin", "Jamie", "Alex", "Sam", "Kim", "Noor", "Chris", "Dana")


@dataclass(frozen=True)
class Visit:
    """One run of one goal, and who makes it."""

    goal: Goal
    run: int
    ref: str


def visits(goals: list[Goal], runs: int) -> list[Visit]:
    pairs = [(goal, run) for run in range(runs) for goal in goals]
    return [Visit(goal, run, f"C{1001 + place}") for place, (goal, run) in enumerate(pairs)]


def open_shop_for(state: Path, home: Path, planned: list[Visit], seed: int) -> None:
    """Make a state folder in which each visit finds its customer and orders."""
    container = build(Settings(home=home, state=state, demo=True))
    try:
        upgrade(container.database, home / "migrations")
        container.shop.create()
        _fill(container.shop_database, container.clock.now(), planned, random.Random(seed))
    finally:
        container.close()


def _fill(database: Database, now: datetime, planned: list[Visit], chance: random.Random) -> None:
    create_tables(database)
    variants = catalogue(chance)
    named = {
        v.ref: (f"{_NAMES[place % len(_NAMES)]} Tester{place}", v.goal.country)
        for place, v in enumerate(planned)
    }
    customers = people(chance, now, len(planned), named)
    by_ref = {customer["ref"]: customer for customer in customers}
    by_name = {_name(variant): variant for variant in variants}
    drafts = [
        one for visit in planned for one in _drafts(visit, now, by_ref[visit.ref], by_name, chance)
    ]
    rows = tell(drafts, now, FIRST_NUMBERS["order"])
    with database.begin() as session:
        insert_all(session, customers, [_stocked(variant) for variant in variants], rows)


def _drafts(
    visit: Visit,
    now: datetime,
    customer: dict[str, Any],
    by_name: dict[str, CatalogueVariant],
    chance: random.Random,
) -> list[Draft]:
    made = []
    for order in visit.goal.orders:
        items = [_counted(item, by_name) for item in order.items]
        age = timedelta(days=order.days)
        made.append(draft(chance, now, customer, Story(order.story), age, items))
    return made


def _counted(item: str, by_name: dict[str, CatalogueVariant]) -> tuple[CatalogueVariant, int]:
    count, times, rest = item.partition(" x ")
    return (by_name[rest], int(count)) if times else (by_name[item], 1)


def _stocked(variant: CatalogueVariant) -> dict[str, Any]:
    row = as_row(variant)
    return row | {"in_stock": _PLENTY if variant.in_stock else 0}


def _name(variant: CatalogueVariant) -> str:
    options = ", ".join(variant.options.values())
    return f"{variant.product} | {options}" if options else variant.product
