"""Time the record: one customer with 10,000 touchpoints, and a search over many messages.

    python -m bench.record [--touchpoints 10000] [--messages 1000000] [--url sqlite:///FILE]

Prints p50 and p95 in milliseconds, by the clock and of processor time (which other work on the
machine disturbs less); the goal of the design is a p95 under 200 ms on SQLite. Journeys are read
through what the routes and the desk read them with. With --url the record there is filled.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from careline.channels.reading.routes import Reading
from careline.channels.tokens import Principal
from careline.desk import queue
from careline.journey import queries, touchpoints
from careline.journey.models import Conversation, Customer, Message
from careline.journey.stages import derive
from careline.journey.standing import standing
from careline.journey.words import Role
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.kit.ids import new_id
from careline.kit.rows import insert_now
from careline.shops.embedded import EmbeddedShop

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=700)
DATED = {"created_at": START, "updated_at": START}
WRITES = 2000
BATCH = 1000  # messages of one customer
THEIRS = 20_000
WORDS = ["boots", "lamp", "kettle", "parcel", "refund", "late", "size", "colour", "broken", "where"]

_chance = random.Random(4)
RARER = [
    "".join(_chance.choices("abcdefghijklmnopqrstuvwxyz", k=_chance.randint(2, 9)))
    for _ in range(20_000)
]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--touchpoints", type=int, default=10_000)
    options.add_argument("--messages", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--url", default="")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(given.url or f"sqlite:///{Path(folder) / 'record.db'}")
        database.create_all()
        customer_id = fill(database, given.touchpoints, given.messages)
        print(f"{given.touchpoints} touchpoints of one customer, {given.messages} messages")
        print(f"load of the machine: {os.getloadavg()[0]:.1f}, and {os.cpu_count()} processors")
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
    """Conversations of ten messages; THEIRS are of the customer with the long journey."""
    chance = random.Random(5)
    for first in range(0, messages, BATCH):
        whose = customer_id
        if first >= THEIRS:
            whose = new_id("cus")
            session.execute(insert(Customer), [{"id": whose, "name": f"C{first}", **DATED}])
        numbers = range(first, min(first + BATCH, messages))
        conversations = {number // 10: new_id("cnv") for number in numbers}
        session.execute(
            insert(Conversation),
            [
                {"id": each, "customer_id": whose, "channel": "web", **DATED}
                for each in conversations.values()
            ],
        )
        session.execute(
            insert(Message),
            [
                {
                    "id": new_id("msg"),
                    "conversation_id": conversations[number // 10],
                    "position": number % 10,
                    "direction": "out" if number % 2 else "in",
                    "author": "bot" if number % 2 else "customer",
                    "text": said(chance, number),
                    "provider_id": str(number),
                    "emotion": None if number % 2 else "neutral",
                    **DATED,
                }
                for number in numbers
            ],
        )


def said(chance: random.Random, number: int) -> str:
    """A dozen words, some of them said all the time and most now and then, and a number."""
    now_and_then = (RARER[int(len(RARER) * chance.random() ** 4)] for _ in range(8))
    return f"{' '.join(chance.choices(WORDS, k=4))} {' '.join(now_and_then)} {number}"


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

    def kept(session: Any) -> None:
        page = queries.timeline(session, customer_id)
        standing(session, NOW, customer_id, page)
        queries.feelings(session, customer_id)

    reader = Principal(Role.CX, "bench")
    nobody = EmbeddedShop(Database("sqlite://"), FixedClock(NOW))
    nobody.create()
    reading = Reading(database, FixedClock(NOW), nobody)

    def answered(before: str | None) -> Callable[[], None]:
        def once() -> None:
            json.dumps(reading.journey(reader, customer_id, before, queries.PAGE))

        return once

    measure("timeline, first page", read(lambda s: queries.timeline(s, customer_id)), rounds)
    later = read(lambda s: queries.timeline(s, customer_id, before=middle))
    measure("timeline, a page in the middle", later, rounds)
    measure("journey: all derived anew", read(journey), min(rounds, 10))
    measure("journey: the first look", answered(None), 1)
    measure("journey: page, stages, feelings", read(kept), rounds)
    measure("journey as /api/customers answers", answered(None), rounds)
    measure("journey, a page in the middle", answered(middle), rounds)
    measure("a touchpoint is written", written(database, customer_id), min(rounds, 10))
    by_order = read(lambda s: queries.search_customers(s, "10482"))
    measure("customer by order number", by_order, rounds)
    searches = {
        "words that are common": "kettle parcel",
        "four common words": "kettle lamp late boots",
        "a rare word": "77777",
        "a common and a rare one": "kettle 777777",
        "a short beginning": "pa",
        "what nobody said": "kettle xylophones",
    }
    for what, words in searches.items():
        found = read(lambda s, words=words: queries.search_messages(s, words))
        measure(f"messages: {what}", found, rounds)
    by_words = read(
        lambda s: queue.queue(s, NOW, staff_id="stf_x", view="all", search="kettle parcel")
    )
    measure("the desk's queue, common words", by_words, rounds)
    measure_writing(database, customer_id)


def written(database: Database, customer_id: str) -> Callable[[], None]:
    def once() -> None:
        with database.begin() as session:
            touchpoints.record(
                session, NOW, customer_id=customer_id, kind="note", stage="use", actor="customer",
                channel="shop", summary="bench", source="bench", source_id=new_id("evt"),
            )  # fmt: skip

    return once


def measure_writing(database: Database, customer_id: str) -> None:
    """Two messages a unit of work, as a turn has them; on SQLite also without the index."""
    chance = random.Random(6)
    conversation = new_id("cnv")
    row = {"id": conversation, "customer_id": customer_id, "channel": "web", **DATED}
    with database.begin() as session:
        session.execute(insert(Conversation), [row])
    numbers = iter(range(10**9))

    def two() -> None:
        with database.begin() as session:
            for number in (next(numbers), next(numbers)):
                insert_now(
                    session, Message, id=new_id("msg"), conversation_id=conversation,
                    position=number, direction="in", author="customer",
                    text=said(chance, number), provider_id=str(number), **DATED,
                )  # fmt: skip

    measure("two messages are written", two, WRITES)
    if database.engine.dialect.name == "sqlite":
        with database.begin() as session:
            session.execute(text("DROP TRIGGER message_words_insert"))
        measure("two messages, without the index", two, WRITES)


def measure(what: str, once: Callable[[], None], rounds: int) -> None:
    if rounds > 1:
        once()
    took, worked = [], []
    for _ in range(rounds):
        started, working = time.perf_counter(), time.process_time()
        once()
        took.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - working) * 1000)
    print(
        f"{what:34} p50 {statistics.median(took):7.1f} ms   p95 {p95_of(took):7.1f} ms   "
        f"processor {statistics.median(worked):7.1f}, p95 {p95_of(worked):7.1f} ms   n={rounds}"
    )


def p95_of(took: list[float]) -> float:
    return sorted(took)[int(0.95 * (len(took) - 1))]


if __name__ == "__main__":
    main()
