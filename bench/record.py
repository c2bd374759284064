"""Time the record: one customer with 10,000 touchpoints, and a search over many messages.

    python bench/record.py [--touchpoints 10000] [--messages 200000] [--url sqlite:///FILE]

Prints p50 and p95 in milliseconds; the goal of the design is a p95 under 200 ms on SQLite.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from careline.journey import queries, touchpoints
from careline.journey.models import Conversation, Customer, Message
from careline.journey.stages import derive
from careline.kit.database import Database
from careline.kit.ids import new_id

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=700)
DATED = {"created_at": START, "updated_at": START}
WORDS = ["boots", "lamp", "kettle", "parcel", "refund", "late", "size", "colour", "broken", "where"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--touchpoints", type=int, default=10_000)
    options.add_argument("--messages", type=int, default=200_000)
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--url", default="")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(given.url or f"sqlite:///{Path(folder) / 'record.db'}")
        database.create_all()
        customer_id = fill(database, given.touchpoints, given.messages)
        print(f"{given.touchpoints} touchpoints of one customer, {given.messages} messages")
        measure_all(database, customer_id, given.rounds)
        database.close()


def fill(database: Database, points: int, messages: int) -> str:
    with database.begin() as session:
        customer = Customer(id=new_id("cus"), name="Ada Marlow", **DATED)
        session.add(customer)
        session.flush()
        kinds = ["order.placed", "order.shipped", "order.delivered", "case.opened", "case.resolved"]
        rows = [
            touchpoints.row(
                NOW,
                customer_id=customer.id,
                kind=kinds[n % len(kinds)],
                stage="use",
                actor="customer",
                channel="shop",
                summary=f"event {n}",
                at=START + timedelta(hours=n),
                emotion="pleased" if n % 7 == 0 else None,
                about={"order": str(10_000 + n // 5), "case": f"CL-{n // 5}"},
                source="bench",
                source_id=str(n),
            )
            for n in range(points)
        ]
        touchpoints.append_many(session, rows)
        fill_messages(session, customer.id, messages)
        return customer.id


def fill_messages(session: Any, customer_id: str, messages: int) -> None:
    chance = random.Random(5)
    for first in range(0, messages, 10_000):
        conversation = new_id("cnv")
        row = {"id": conversation, "customer_id": customer_id, "channel": "web", **DATED}
        session.execute(insert(Conversation), [row])
        session.execute(
            insert(Message),
            [
                {
                    "id": new_id("msg"),
                    "conversation_id": conversation,
                    "position": position,
                    "direction": "in",
                    "author": "customer",
                    "text": f"{' '.join(chance.choices(WORDS, k=12))} {first + position}",
                    "provider_id": str(position),
                    **DATED,
                }
                for position in range(min(10_000, messages - first))
            ],
        )


def measure_all(database: Database, customer_id: str, rounds: int) -> None:
    with database.read() as session:
        middle = queries.timeline(session, customer_id, limit=5_000).before

    def read(look: Callable[[Any], Any]) -> Callable[[], None]:
        def once() -> None:
            with database.read() as session:
                look(session)

        return once

    def journey(session: Any) -> None:
        queries.timeline(session, customer_id)
        derive(touchpoints.stage_events(session, customer_id), NOW)
        queries.feelings(session, customer_id)

    measure("timeline, first page", read(lambda s: queries.timeline(s, customer_id)), rounds)
    later = read(lambda s: queries.timeline(s, customer_id, before=middle))
    measure("timeline, a page in the middle", later, rounds)
    measure("journey: page, stages, feelings", read(journey), rounds)
    by_order = read(lambda s: queries.search_customers(s, "10482"))
    measure("customer by order number", by_order, rounds)
    common = read(lambda s: queries.search_messages(s, "kettle parcel"))
    measure("messages: words that are common", common, rounds)
    measure("messages: a rare word", read(lambda s: queries.search_messages(s, " 77777")), rounds)


def measure(what: str, once: Callable[[], None], rounds: int) -> None:
    once()
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        once()
        took.append((time.perf_counter() - started) * 1000)
    p95 = sorted(took)[int(0.95 * (len(took) - 1))]
    print(f"{what:34} p50 {statistics.median(took):7.1f} ms   p95 {p95:7.1f} ms   n={rounds}")


if __name__ == "__main__":
    main()
