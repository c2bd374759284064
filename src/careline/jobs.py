"""Jobs: the same four in this process, or carried to workers by Celery and RabbitMQ.

The queue carries ids and nothing else, and may lose or repeat them: what is due is in the record,
and one process at a time, elected by a row there, hands out again what nobody has done yet.
Celery is imported only where it is used.
"""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from careline.bootstrap import Container, build
from careline.channels.email.outbox import send_due
from careline.conversation.claims import Holder
from careline.journey.models import Email, JobLease, Touchpoint
from careline.journey.words import Delivery
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.errors import CarelineError
from careline.kit.logging import get_logger
from careline.kit.settings import Settings
from careline.touches.dispatch import PUT_AT_ONCE
from careline.touches.planning import to_be_planned

if TYPE_CHECKING:
    from celery import Celery

log = get_logger("jobs")

QUEUE = "careline"
HAND_OUT_EVERY = timedelta(seconds=1)
LEADS_FOR = timedelta(seconds=15)  # a leader that died is replaced after that
CUSTOMERS_A_JOB = 100
HANDED_OUT_AT_ONCE = 2_000  # customers
# What was handed out and is still due after so long was lost on the way, or its worker died.
HAND_OUT_AGAIN_AFTER = timedelta(minutes=1)
_LEASE = "hand_out"


class QueueNeedsPostgres(CarelineError):
    """Several processes share the record then: set CARELINE_DATABASE_URL to a PostgreSQL one."""

    code = "queue_needs_postgres"


@dataclass(frozen=True)
class Work:
    """The jobs themselves; any process may do any of them, any number of times."""

    container: Container

    def plan(self) -> int:
        return self.container.touches.plan()

    def judge(self, customer_ids: Sequence[str]) -> list[str]:
        """The ids of the touches that are claimed, to be delivered."""
        claimed, _ = self.container.touches.dispatcher.judge(customer_ids)
        return claimed

    def deliver(self, touch_ids: Sequence[str]) -> int:
        return self.container.touches.dispatcher.deliver(touch_ids).sent

    def send_emails(self) -> int:
        made = self.container
        look = made.touches.look_before_it_leaves
        return send_due(made.database, made.mailer, made.clock, look)


class NoQueue(CarelineError):
    """A worker has nowhere to take jobs from: set CARELINE_QUEUE_URL."""

    code = "no_queue"


def check_queue(settings: Settings) -> None:
    """What a worker needs. Raises NoQueue, QueueNeedsPostgres."""
    if not settings.queue_url.get_secret_value():
        raise NoQueue(
            "CARELINE_QUEUE_URL is not set: without a queue the app does all jobs by itself."
        )
    check(settings)


def check(settings: Settings) -> None:
    """Raises QueueNeedsPostgres."""
    if settings.queue_url.get_secret_value() and settings.record_url.startswith("sqlite"):
        raise QueueNeedsPostgres(
            "CARELINE_QUEUE_URL is set and the record is SQLite, which one machine can use: "
            "set CARELINE_DATABASE_URL to a PostgreSQL database."
        )


def celery_app(settings: Settings) -> "Celery":
    """The tasks; acknowledged when done, and back in the queue if their worker dies."""
    from celery import Celery

    app = Celery(QUEUE, broker=settings.queue_url.get_secret_value())
    app.conf.update(
        task_default_queue=QUEUE,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"confirm_publish": True},
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        enable_utc=True,
    )
    work = _InThisProcess(settings)

    @app.task(name="careline.plan")  # type: ignore[untyped-decorator]
    def plan() -> None:
        work().plan()

    @app.task(name="careline.judge")  # type: ignore[untyped-decorator]
    def judge(customer_ids: list[str]) -> None:
        for some in batched(work().judge(customer_ids), PUT_AT_ONCE):
            deliver.delay(list(some))

    @app.task(name="careline.deliver")  # type: ignore[untyped-decorator]
    def deliver(touch_ids: list[str]) -> None:
        work().deliver(touch_ids)

    @app.task(name="careline.send_emails")  # type: ignore[untyped-decorator]
    def send_emails() -> None:
        work().send_emails()

    return app


class _InThisProcess:
    """The parts, made by the first job: a worker's children are forks, and connections are not."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._work: Work | None = None

    def __call__(self) -> Work:
        if self._work is None:
            self._work = Work(build(self._settings))
        return self._work


def run_worker(app: "Celery", handing_out: "HandingOut", concurrency: int) -> None:
    """Work, and hand out if it falls to this process, until told to stop.

    A running job ends first. The children are forked before the thread that hands out starts.
    """
    from celery import signals

    signals.worker_ready.connect(lambda **_: handing_out.start(), weak=False)
    signals.worker_shutting_down.connect(lambda **_: handing_out.stop(), weak=False)
    app.worker_main(
        [
            "worker",
            f"--hostname=careline-{os.getpid()}@%h",  # several may run on one machine
            "--pool=prefork",
            f"--concurrency={concurrency}",
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
        ]
    )


@dataclass
class HandOut:
    """Puts what is due into the queue, if this process is the one that does so."""

    database: Database
    clock: Clock
    app: "Celery"
    holder: Holder = field(default_factory=Holder)
    given: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)  # due since, when

    def once(self, due: Callable[[int], dict[str, datetime]]) -> int:
        """How many jobs; none where another process leads."""
        now = self.clock.now()
        if not self._leads(now):
            self.given.clear()
            return 0
        self._forget(now)
        return self._customers(now, due) + self._others()

    def _leads(self, now: datetime) -> bool:
        me, until = str(self.holder)[:80], now + LEADS_FOR
        with self.database.begin() as session:
            insert = (
                postgresql.insert
                if session.get_bind().dialect.name == "postgresql"
                else sqlite.insert
            )
            mine = insert(JobLease).values(name=_LEASE, holder=me, until=until)
            taken = session.execute(
                mine.on_conflict_do_update(
                    index_elements=["name"],
                    set_={"holder": me, "until": until},
                    where=(JobLease.holder == me) | (JobLease.until < now),
                ).returning(JobLease.holder)
            ).scalar()
        return taken == me

    def _customers(self, now: datetime, due: Callable[[int], dict[str, datetime]]) -> int:
        since = due(HANDED_OUT_AT_ONCE)
        waiting = [each for each in since if self.given.get(each, (None,))[0] != since[each]]
        jobs = 0
        for some in batched(waiting, CUSTOMERS_A_JOB):
            self.app.send_task("careline.judge", [list(some)])
            self.given.update({each: (since[each], now) for each in some})
            jobs += 1
        return jobs

    def _others(self) -> int:
        with self.database.read() as session:
            is_new = select(Touchpoint.id).where(to_be_planned(self.clock.now())).limit(1)
            waiting = (
                select(Email.id)
                .where(
                    Email.delivery == Delivery.PENDING,
                    or_(Email.due_at.is_(None), Email.due_at <= self.clock.now()),
                )
                .limit(1)
            )
            tasks = {
                "careline.plan": session.scalar(is_new),
                "careline.send_emails": session.scalar(waiting),
            }
        wanted = [name for name, found in tasks.items() if found is not None]
        for name in wanted:
            # Should workers be behind: a second is enough, the next one is on its way.
            self.app.send_task(name, expires=HAND_OUT_EVERY.total_seconds() * 5)
        return len(wanted)

    def _forget(self, now: datetime) -> None:
        old = [who for who, (_, at) in self.given.items() if now - at >= HAND_OUT_AGAIN_AFTER]
        for who in old:
            del self.given[who]


class HandingOut:
    """The same again and again, on a thread; stopped with its process."""

    def __init__(self, container: Container, app: "Celery") -> None:
        self._hand_out = HandOut(container.database, container.clock, app)
        self._due = container.touches.dispatcher.due
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="hand-out", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self._hand_out.once(self._due)
            except OperationalError as error:
                log.warning("jobs.database_busy", why=str(error.orig))
            except Exception as error:
                log.error("jobs.fault", exc_info=error)
            self._stop.wait(HAND_OUT_EVERY.total_seconds())
