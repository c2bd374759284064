"""Time what the desk reads, the queue in all its views, one conversation, the look for news; and
its pages as a browser fetches them, over HTTP from the real app.

    python -m bench.desk [--open 5000] [--messages 200000] [--url sqlite:///FILE]

Prints p50 and p95 in milliseconds; the goals are a p95 under 200 ms on SQLite, and news of another
process within a second.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from pydantic import SecretStr
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from starlette.types import ASGIApp

from bench import instance, processes
from bench.instance import ROOT
from careline.app import create_app
from careline.bootstrap import build
from careline.conversation import staff
from careline.conversation.notify import Hub
from careline.desk import live, queue
from careline.desk.accounts import sessions
from careline.journey.models import Case, Conversation, Customer, Message, Staff
from careline.journey.words import CaseKind, HandoverReason
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.kit.ids import new_id
from careline.kit.settings import Settings

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
DATED = {"created_at": NOW, "updated_at": NOW}
COLLEAGUES = 20
CLOSED_BESIDE = 3  # closed conversations for each open one
WORDS = ["boots", "lamp", "kettle", "parcel", "refund", "late", "size", "colour", "broken", "where"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--open", type=int, default=5_000)
    options.add_argument("--messages", type=int, default=200_000)
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--url", default="")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(given.url or f"sqlite:///{Path(folder) / 'record.db'}")
        database.create_all()
        colleagues = fill(database, given.open, given.messages)
        print(f"{given.open} open conversations, {given.messages} messages")
        measure_all(database, colleagues, given.rounds)
        measure_pages(Path(folder), database, colleagues[0], given.rounds)
        database.close()


def fill(database: Database, open_now: int, messages: int) -> list[str]:
    chance = random.Random(7)
    colleagues = [new_id("stf") for _ in range(COLLEAGUES)]
    with database.begin() as session:
        session.execute(insert(Staff), [_colleague(each, n) for n, each in enumerate(colleagues)])
    total = open_now * (1 + CLOSED_BESIDE)
    each_has = max(messages // total, 1)
    for start in range(0, total, 1000):
        with database.begin() as session:
            _fill_some(session, chance, colleagues, range(start, min(start + 1000, total)),
                       open_now, each_has)  # fmt: skip
    with database.begin() as session:
        session.connection().exec_driver_sql("ANALYZE")
    return colleagues


def _fill_some(
    session: Session,
    chance: random.Random,
    colleagues: list[str],
    numbers: range,
    open_now: int,
    each_has: int,
) -> None:
    customers, conversations, said, cases = [], [], [], []
    for n in numbers:
        customer, conversation = new_id("cus"), new_id("cnv")
        customers.append({"id": customer, "name": f"Ada {n} Marlow", **DATED})
        conversations.append(
            _conversation(chance, conversation, customer, colleagues, n, n < open_now)
        )
        said += [_message(chance, conversation, place) for place in range(1, each_has + 1)]
        if n % 2 == 0:
            cases.append(_case(customer, conversation, n))
    for kind, rows in ((Customer, customers), (Conversation, conversations), (Message, said)):
        session.execute(insert(kind), rows)
    session.execute(insert(Case), cases)


def _conversation(
    chance: random.Random, name: str, customer: str, colleagues: list[str], n: int, is_open: bool
) -> dict[str, Any]:
    is_held = is_open and n % 3 == 0
    due = NOW + timedelta(minutes=chance.randint(-120, 600)) if is_open else None
    return {
        "id": name,
        "customer_id": customer,
        "channel": chance.choice(["web", "web", "whatsapp", "email"]),
        "mode": "person" if is_held else "queued" if is_open else "closed",
        "holder": chance.choice(colleagues) if is_held else None,
        "team": chance.choice([None, None, "finance", "warehouse"]),
        "handover_reason": chance.choice(list(HandoverReason)).value if is_open else "",
        "handover_summary": "Topic: return; about: Harbour boots; reason: too small; verified",
        "reasons": chance.choice([[], [], ["angry"], ["safety"]]) if is_open else None,
        "priority": chance.randint(0, 2),
        "due_at": due,
        "rank_at": due - timedelta(minutes=chance.choice([0, 0, 60, 480])) if due else None,
        "waiting_since": NOW - timedelta(minutes=30) if is_open else None,
        "snoozed": None,
        "last_message_at": NOW - timedelta(minutes=chance.randint(0, 600)),
        **DATED,
    }


def _message(chance: random.Random, conversation: str, place: int) -> dict[str, Any]:
    is_in = place % 2 == 1
    return {
        "id": new_id("msg"),
        "conversation_id": conversation,
        "position": place,
        "direction": "in" if is_in else "out",
        "author": "customer" if is_in else "bot",
        "text": " ".join(chance.choices(WORDS, k=12)),
        "buttons": [],
        "provider_id": str(place),
        "emotion": chance.choice(["neutral", "angry", "pleased"]) if is_in else None,
        "turn_state": "done" if is_in else None,
        "delivery": "sent",
        **DATED,
    }


def _case(customer: str, conversation: str, n: int) -> dict[str, Any]:
    return {
        "id": new_id("cas"),
        "number": f"CL-{200_000 + n}",
        "key": f"bench:{n}",
        "customer_id": customer,
        "conversation_id": conversation,
        "kind": list(CaseKind)[n % len(CaseKind)].value,
        "state": "handed_over",
        "order_number": str(10_000 + n),
        "opened_at": NOW,
        **DATED,
    }


def _colleague(name: str, n: int) -> dict[str, Any]:
    return {
        "id": name,
        "email": f"c{n}@shop.example",
        "name": f"Colleague {n}",
        "role": "staff",
        "teams": ["support"],
        "active": True,
        "signature": "",
        **DATED,
    }


def measure_all(database: Database, colleagues: list[str], rounds: int) -> None:
    who = colleagues[0]

    def view(**more: Any) -> Callable[[Session], object]:
        return lambda session: queue.queue(session, NOW, staff_id=who, **more)

    with database.read() as session:
        one = session.scalars(select(Conversation.id).where(Conversation.holder == who)).first()
    assert one is not None
    for name in queue.View:
        measure(database, f"queue, {name}", rounds, view(view=name.value))
    measure(database, "queue, overdue", rounds, view(view="all", overdue=True))
    measure(database, "queue, one kind", rounds, view(view="all", kind="faulty"))
    measure(database, "queue, one channel", rounds, view(view="all", channel="whatsapp"))
    measure(database, "queue, page 60", rounds, view(view="all", after="3000"))
    measure(database, "queue, a name", rounds, view(view="all", search="Ada 4711"))
    measure(database, "queue, an order", rounds, view(view="all", search="12346"))
    measure(database, "queue, no such words", rounds, view(view="all", search="zzzz"))
    measure(database, "counts of all views", rounds, lambda session: queue.groups(session, NOW))
    measure(database, "one row", rounds, lambda session: queue.row(session, one))
    measure(database, "news of one", rounds, lambda _: live._look_at(database, one))
    measure(
        database, "is a person in charge", rounds,
        lambda session: staff.person_in_charge(session, "cus_nobody"),
    )  # fmt: skip
    tell("news from elsewhere", asyncio.run(_news_from_elsewhere(database, who, 20)))


def measure_pages(state: Path, database: Database, who: str, rounds: int) -> None:
    """Each round another conversation, so that nothing is warm but the app itself."""
    with database.begin() as session:
        token = sessions.begin(
            session, NOW, who, sessions.Browser("127.0.0.1", "bench"), timedelta(days=1), "password"
        )
        is_open = select(Conversation.id).where(Conversation.mode.in_(("queued", "person")))
        some = session.scalars(is_open.order_by(Conversation.id).limit(rounds + 1)).all()
    made = Settings(
        home=ROOT,
        state=state / "app",
        database_url=database.url.render_as_string(hide_password=False),
        rasa_token=SecretStr("bench"),
    )
    container = build(made, FixedClock(NOW))
    container.shop.create()
    with _serving(create_app(container)) as base, httpx.Client(
        base_url=base, cookies={"careline_desk": token}, trust_env=False
    ) as client:  # fmt: skip
        for what, address in (
            ("page, queue", "/desk"),
            ("page, conversation", "/desk/conversations/{}"),
            ("part, queue", "/desk/queue?view=unassigned"),
            ("part, conversation", "/desk/conversations/{}/talk"),
            ("part, customer", "/desk/conversations/{}/customer"),
        ):
            tell(what, [_fetched(client, address.format(one)) for one in some][1:])
    container.close()


def _fetched(client: httpx.Client, address: str) -> float:
    """Milliseconds."""
    start = time.perf_counter()
    client.get(address).raise_for_status()
    return (time.perf_counter() - start) * 1000


@contextmanager
def _serving(app: ASGIApp) -> Iterator[str]:
    port = processes.free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{port}"
    while not instance.alive(base):
        time.sleep(0.1)
    yield base
    server.should_exit = True
    thread.join(timeout=10)


async def _news_from_elsewhere(database: Database, who: str, rounds: int) -> list[float]:
    """Milliseconds from another process's commit (no nudge here) to the event on the line."""
    pulse = live.Pulse(database, FixedClock(NOW))
    stream = live.events(database, Hub(), pulse, staff_id=who)
    await _next_queue_event(stream)
    times = []
    for n in range(rounds):
        with database.begin() as session:
            waiting = select(Conversation.id).where(Conversation.mode == "queued").limit(1)
            conversation = session.get_one(Conversation, session.scalars(waiting).one())
            conversation.mode, conversation.updated_at = "bot", NOW + timedelta(seconds=n)
        start = time.perf_counter()
        await _next_queue_event(stream)
        times.append((time.perf_counter() - start) * 1000)
    return times


async def _next_queue_event(stream: AsyncIterator[str]) -> None:
    async for event in stream:
        if event.startswith("event: queue"):
            return


def measure(database: Database, what: str, rounds: int, work: Callable[[Session], object]) -> None:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        with database.read() as session:
            work(session)
        times.append((time.perf_counter() - start) * 1000)
    tell(what, times)


def tell(what: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{what:<24} p50 {statistics.median(times):8.1f} ms   p95 {p95:8.1f} ms")


if __name__ == "__main__":
    main()
