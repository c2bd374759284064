"""Measure touches: planning, picking what is due, sending; and kill workers while they send.

    python -m bench.touches [--events 1000000] [--scheduled 1000000] [--sent 2000] [--kills 6]
                            [--emails 1000] [--only PART]

Each part prints its figures and checks its goal: memory that stays flat, picking that does not
slow as the schedule grows, 200 sent a second on SQLite and by workers on PostgreSQL and RabbitMQ,
and with workers killed at random 0 doubled and 0 lost, touches and e-mails alike. Ends with 1 if
any goal is missed.
"""

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any

import psutil
from pydantic import SecretStr
from sqlalchemy import func, insert, select, text

from bench.touch_mails import mail_with_deaths
from careline.bootstrap import Container, build
from careline.journey import touchpoints
from careline.journey.models import Conversation, Customer, Message, Touch, Touchpoint
from careline.kit.clock import SystemClock
from careline.kit.ids import new_id
from careline.kit.migrate import upgrade
from careline.kit.settings import Settings
from careline.touches.planning import plan_batch
from tests.services import postgres_schema
from tests.touches.house_of_its_own import make_home, own_queue

MB = 1024 * 1024
BOOK = "check_in"
ROWS_AT_ONCE = 5_000
SENT_PER_SECOND = 200  # the goal
STARTING = 0.2  # of the touches: until so many are sent some workers still load their parts
PATIENCE = timedelta(minutes=10)
_SERVERS = {"postgres": "PostgreSQL", "beam.smp": "RabbitMQ"}  # by the names of their processes


def main() -> int:
    given = _options()
    missed: list[str] = []
    parts: list[tuple[str, Callable[[], Iterator[str]]]] = [
        ("planning", lambda: plan(given.events)),
        ("picking", lambda: pick(given.scheduled)),
        ("sending, SQLite", lambda: send(given.sent)),
        ("sending, PostgreSQL and RabbitMQ", lambda: send_by_workers(
            given.sent * 5, given.workers, 0, given.seed)),
        ("workers killed, PostgreSQL and RabbitMQ", lambda: send_by_workers(
            given.sent, given.workers, given.kills, given.seed)),
        ("e-mails, senders killed, PostgreSQL", lambda: mail_with_deaths(
            given.emails, given.workers, given.emails // 25, given.seed)),
    ]  # fmt: skip
    for name, part in parts:
        if given.only and given.only not in name:
            continue
        print(f"== {name}")
        missed += [f"{name}: {what}" for what in part()]
    print("\n".join(["", *(f"MISSED {what}" for what in missed)]) if missed else "\nAll goals met.")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--scheduled", type=int, default=1_000_000)
    options.add_argument("--sent", type=int, default=2_000)
    options.add_argument("--emails", type=int, default=1_000)
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--kills", type=int, default=6)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="", help="a part's name, or some of it")
    return options.parse_args()


# The parts; each gives the goals that it missed


def plan(events: int) -> Iterator[str]:
    """Events of many customers, planned in batches; memory at ten points."""
    with _house() as made:
        customers = _customers(made, max(events // 10, 1))
        _events(made, customers, events)
        process, sizes = psutil.Process(), []
        started, looked_at, step = time.monotonic(), 0, max(events // 10, 1)
        while True:
            with made.database.begin() as session:
                batch = plan_batch(session, made.playbooks, made.clock.now())
            looked_at += batch
            if looked_at >= step * (len(sizes) + 1):
                sizes.append(process.memory_info().rss / MB)
                print(f"  {looked_at:>9,} events  {sizes[-1]:6.0f} MB")
            if not batch:
                break
        seconds = time.monotonic() - started
        print(f"  {events / seconds:,.0f} events/s, {_count(made, 'planned'):,} touches")
        if _count(made, "planned") != events:
            yield f"{_count(made, 'planned')} touches of {events}"
        if len(sizes) > 2 and sizes[-1] > sizes[1] * 1.15 + 10:
            yield f"memory grew from {sizes[1]:.0f} to {sizes[-1]:.0f} MB"


def pick(scheduled: int) -> Iterator[str]:
    """Time to find who is due, while ever more lies ahead."""
    with _house() as made:
        customers = _customers(made, 1_000)
        _touches(made, customers, due=timedelta(0))
        ahead, medians = 0, []
        for size in sorted({max(scheduled // 100, 1), max(scheduled // 10, 1), scheduled}):
            for some in batched(range(size - ahead), ROWS_AT_ONCE):
                who = [random.choice(customers) for _ in some]
                _touches(made, who, due=timedelta(days=30))
            ahead = size
            times = []
            for _ in range(50):
                started = time.perf_counter()
                made.touches.dispatcher.due(200)
                times.append((time.perf_counter() - started) * 1000)
            medians.append(statistics.median(times))
            print(f"  {size:>9,} scheduled  {medians[-1]:5.2f} ms")
        if medians[-1] > medians[0] * 2 + 1:
            yield f"picking slowed from {medians[0]:.2f} to {medians[-1]:.2f} ms"


def send(touches: int) -> Iterator[str]:
    with _house() as made:
        _touches(made, _customers_with_a_past(made, touches), due=timedelta(0))
        started = time.monotonic()
        while _count(made, "sent") < touches and time.monotonic() - started < 600:
            made.touches.send_due()
        rate = touches / (time.monotonic() - started)
        print(f"  {rate:,.0f} sent/s")
        yield from _doubled_and_lost(made)
        if rate < SENT_PER_SECOND:
            yield f"{rate:.0f} sent/s, below {SENT_PER_SECOND}"


def send_by_workers(touches: int, workers: int, kills: int, seed: int) -> Iterator[str]:
    """Workers take jobs from RabbitMQ; one at random is killed now and then, and started again."""
    dice = random.Random(seed)
    with _house(on_postgres=True) as made:
        running = [_worker(made) for _ in range(workers)]
        try:
            _touches(made, _customers_with_a_past(made, touches), due=timedelta(0))
            killed, before, used = 0, 0, {}
            started = first = time.monotonic()
            while (sent := _count(made, "sent")) < touches:
                if sent and (not before or sent < touches * STARTING):
                    first, before, used = time.monotonic(), sent, _processor_times(running)
                if killed < kills and sent > touches * (killed + 1) / (kills + 2):
                    place = dice.randrange(workers)
                    _kill(running[place])
                    running[place] = _worker(made)
                    killed += 1
                if time.monotonic() - started > PATIENCE.total_seconds():
                    yield f"{touches - sent} not sent after {PATIENCE}"
                    break
                time.sleep(0.1)
            rate = (touches - before) / (time.monotonic() - first)
            print(f"  {workers} workers, {killed} killed: {rate:,.0f} sent/s")
            if not kills:
                _print_processor_time(used, _processor_times(running), touches - before)
            if not kills and rate < SENT_PER_SECOND:
                yield f"{rate:.0f} sent/s, below {SENT_PER_SECOND}"
            yield from _doubled_and_lost(made)
        finally:
            for worker in running:
                _kill(worker)


def _doubled_and_lost(made: Container) -> Iterator[str]:
    with made.database.read() as session:
        ours = select(Message.provider_id).where(Message.direction == "out")
        keys = Counter(session.scalars(ours))
        ids = {f"touch:{each}" for each in session.scalars(select(Touch.id))}
    doubled = sum(count - 1 for count in keys.values())
    lost = len(ids - keys.keys())
    print(f"  {doubled} doubled, {lost} lost")
    if doubled or lost or keys.keys() - ids:
        yield f"{doubled} doubled, {lost} lost, {len(keys.keys() - ids)} nobody planned"


# The house


@contextmanager
def _house(*, on_postgres: bool = False) -> Iterator[Container]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings: dict[str, Any] = {"home": make_home(folder), "state": folder / "state"}
        if on_postgres:
            settings["database_url"] = stack.enter_context(postgres_schema())
            settings["queue_url"] = SecretStr(stack.enter_context(own_queue()))
        made = build(Settings(**settings))
        stack.callback(made.close)
        upgrade(made.database, made.settings.home / "migrations")
        made.shop.create()
        yield made


def _customers(made: Container, count: int) -> list[str]:
    """Each known, and in the chat just now."""
    now = SystemClock().now()
    dated = {"created_at": now, "updated_at": now}
    ids = [new_id("cus") for _ in range(count)]
    for some in batched(ids, ROWS_AT_ONCE):
        with made.database.begin() as session:
            session.execute(insert(Customer), [{"id": i, "name": "Ana", **dated} for i in some])
            session.execute(insert(Conversation), [_conversation(i, now) for i in some])
    return ids


def _customers_with_a_past(made: Container, count: int) -> list[str]:
    """Each has ordered and asked something a month ago; and the databases know their tables.

    Where these are empty PostgreSQL makes plans that read all of them, and keeps to those plans
    while they fill.
    """
    ids = _customers(made, count)
    at = made.clock.now() - timedelta(days=30)
    with made.database.begin() as session:
        theirs = session.execute(select(Conversation.id, Conversation.customer_id)).all()
        for some in batched(theirs, ROWS_AT_ONCE):
            session.execute(insert(Message), [_asked(each, at) for each, _ in some])
            session.execute(insert(Touchpoint), [_ordered(who, at) for _, who in some])
        session.execute(text("ANALYZE"))
    return ids


def _asked(conversation: str, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id("msg"),
        "conversation_id": conversation,
        "position": 1,
        "direction": "in",
        "author": "customer",
        "text": "When do you deliver?",
        "provider_id": "asked",
        "created_at": at,
        "updated_at": at,
    }


def _ordered(customer: str, at: datetime) -> dict[str, Any]:
    row = touchpoints.row(
        at,
        customer_id=customer,
        kind="order.placed",
        stage="purchase",
        actor="customer",
        channel="shop",
        summary="ordered",
        about={"order": customer[-8:]},
        source_id=f"ordered:{customer}",
    )
    return {**row, "planned_at": at}


def _conversation(customer: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id("cnv"),
        "customer_id": customer,
        "channel": "web",
        "verified_by": "identity",
        "seen_at": now,
        "created_at": now,
        "updated_at": now,
    }


def _events(made: Container, customers: list[str], count: int) -> None:
    now = made.clock.now()
    for numbers in batched(range(count), ROWS_AT_ONCE):
        rows = [
            touchpoints.row(
                now,
                customer_id=customers[n % len(customers)],
                kind="order.delivered",
                stage="delivery",
                actor="shop",
                channel="shop",
                summary="delivered",
                about={"order": str(n)},
                source_id=f"delivered:{n}",
            )
            for n in numbers
        ]
        with made.database.begin() as session:
            session.execute(insert(Touchpoint), rows)


def _touches(made: Container, customers: list[str], *, due: timedelta) -> None:
    now = made.clock.now()
    for some in batched(customers, ROWS_AT_ONCE):
        rows = [_touch(customer, now, now + due) for customer in some]
        with made.database.begin() as session:
            session.execute(insert(Touch), rows)


def _touch(customer: str, now: datetime, due: datetime) -> dict[str, Any]:
    made = new_id("tch")
    return {
        "id": made,
        "key": f"{BOOK}:say:{customer}:{made}",
        "customer_id": customer,
        "playbook": BOOK,
        "trigger": "bench",
        "trigger_at": now,
        "about": {"order": made[-8:]},
        "subject": f"order:{made[-8:]}",
        "due_at": due,
        "planned_for": due,
        "too_late_at": due + timedelta(days=7),
        "created_at": now,
        "updated_at": now,
    }


def _count(made: Container, state: str) -> int:
    with made.database.read() as session:
        return session.scalar(select(func.count()).where(Touch.state == state)) or 0


def _worker(made: Container) -> "subprocess.Popen[bytes]":
    settings = made.settings
    return subprocess.Popen(
        [sys.executable, "-m", "careline", "worker", "--concurrency", "1"],
        env=os.environ
        | {
            "CARELINE_HOME": str(settings.home),
            "CARELINE_STATE": str(settings.state),
            "CARELINE_DATABASE_URL": settings.database_url,
            "CARELINE_QUEUE_URL": settings.queue_url.get_secret_value(),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _processor_times(workers: Sequence["subprocess.Popen[bytes]"]) -> dict[str, float]:
    """Seconds so far: of these workers with their children, and of all servers of the machine."""
    times: Counter[str] = Counter()
    ours = {worker.pid for worker in workers}
    for process in psutil.process_iter(["pid", "ppid", "name", "cpu_times"]):
        is_worker = process.info["pid"] in ours or process.info["ppid"] in ours
        name = "workers" if is_worker else _SERVERS.get(process.info["name"])
        if name and (spent := process.info["cpu_times"]):
            times[name] += spent.user + spent.system
    return times


def _print_processor_time(before: dict[str, float], after: dict[str, float], touches: int) -> None:
    each = {name: (after[name] - before[name]) * 1000 / touches for name in after}
    parts = ", ".join(f"{name} {spent:.2f}" for name, spent in sorted(each.items()))
    print(f"  processor ms a touch: {parts}; {sum(each.values()):.2f} in all")


def _kill(worker: "subprocess.Popen[bytes]") -> None:
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


if __name__ == "__main__":
    sys.exit(main())
