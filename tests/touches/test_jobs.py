"""Jobs by RabbitMQ and Celery, on PostgreSQL: real servers, real worker processes."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from careline import jobs
from careline.bootstrap import Container, build
from careline.journey.models import Customer, Message, Touch
from careline.kit.clock import SystemClock
from careline.kit.migrate import upgrade
from careline.kit.settings import Settings
from tests.services import postgres_schema
from tests.touches.house_of_its_own import make_home, own_queue
from tests.touches.sending import CHECK_IN, Floor

pytestmark = pytest.mark.postgres
PATIENCE_SECONDS = 150  # a claim that a killed worker took along comes back after two minutes


@dataclass
class Plant:
    """The record, the queue, and workers that one may kill."""

    container: Container
    environment: dict[str, str]
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def floor(self) -> Floor:
        made = self.container
        return Floor(made.database, made.services, SystemClock())  # type: ignore[arg-type]

    def start_worker(self) -> "subprocess.Popen[bytes]":
        log = self.container.settings.state / f"worker{len(self.workers)}.log"
        with log.open("wb") as said:
            worker = subprocess.Popen(
                [sys.executable, "-m", "careline", "worker", "--concurrency", "1"],
                env=self.environment,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def count(self, state: str) -> int:
        with self.container.database.read() as session:
            return session.scalar(select(func.count()).where(Touch.state == state)) or 0

    def states(self) -> dict[tuple[str, str], int]:
        with self.container.database.read() as session:
            return dict(
                Counter(tuple(row) for row in session.execute(select(Touch.state, Touch.why)))
            )

    def wait(self, until: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not until():
            assert time.monotonic() < end, f"waited too long for {what}: {self.states()}"
            time.sleep(0.1)


def kill(worker: "subprocess.Popen[bytes]", how: int = signal.SIGKILL) -> None:
    """The worker and its children, at once: as when a machine is switched off."""
    if worker.poll() is None:
        os.killpg(worker.pid, how)
        worker.wait()


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    home = make_home(tmp_path)
    with postgres_schema() as url, own_queue() as queue:
        settings: dict[str, Any] = {
            "home": home,
            "state": tmp_path / "state",
            "database_url": url,
            "queue_url": SecretStr(queue),
        }
        container = build(Settings(**settings))
        upgrade(container.database, home / "migrations")
        container.shop.create()
        environment = os.environ | {
            "CARELINE_HOME": str(home),
            "CARELINE_STATE": str(tmp_path / "state"),
            "CARELINE_DATABASE_URL": url,
            "CARELINE_QUEUE_URL": queue,
        }
        made = Plant(container, environment)
        try:
            yield made
        finally:
            for worker in made.workers:
                kill(worker)
            container.close()


def test_workers_share_the_work_and_one_that_is_killed_loses_nothing(plant: Plant) -> None:
    floor = plant.floor()
    customers = [floor.customer() for _ in range(120)]
    for customer in customers:
        floor.touch(customer, CHECK_IN)
    doomed = plant.start_worker()
    plant.start_worker()
    plant.wait(lambda: plant.count("sent") >= 20, "the first messages")
    kill(doomed)
    plant.wait(lambda: plant.count("sent") == len(customers), "the last messages")
    with plant.container.database.read() as session:
        keys = Counter(session.scalars(select(Message.provider_id)))
        touches = set(session.scalars(select(Touch.id)))
    assert set(keys) == {f"touch:{each}" for each in touches}
    assert set(keys.values()) == {1}


def test_one_process_at_a_time_hands_out_and_another_follows_when_it_is_gone(plant: Plant) -> None:
    app = jobs.celery_app(plant.container.settings)
    floor = plant.floor()
    floor.touch(floor.customer(), CHECK_IN)
    database, due = plant.container.database, plant.container.touches.dispatcher.due

    class Later:
        by = jobs.LEADS_FOR * 0

        def now(self) -> Any:
            return SystemClock().now() + self.by

    clock = Later()
    first, second = jobs.HandOut(database, clock, app), jobs.HandOut(database, clock, app)
    assert first.once(due) == 1
    assert second.once(due) == 0
    assert first.once(due) == 0  # it is on its way
    clock.by = jobs.LEADS_FOR * 2
    assert second.once(due) == 1
    clock.by += jobs.HAND_OUT_AGAIN_AFTER
    assert second.once(due) == 1  # nobody did it: it was lost on the way


def test_the_same_jobs_done_twice_send_once(plant: Plant) -> None:
    work = jobs.Work(plant.container)
    floor = plant.floor()
    customer = floor.customer()
    floor.touch(customer, CHECK_IN)
    claimed = work.judge([customer])
    assert work.judge([customer]) == []
    assert [work.deliver(claimed), work.deliver(claimed)] == [1, 0]
    with plant.container.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1
        assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_a_queue_needs_a_record_that_many_can_write(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, queue_url=SecretStr("amqp://localhost//"))
    with pytest.raises(jobs.QueueNeedsPostgres, match="CARELINE_DATABASE_URL"):
        jobs.check(settings)
    with pytest.raises(jobs.NoQueue, match="CARELINE_QUEUE_URL"):
        jobs.check_queue(Settings(state=tmp_path))


def test_celery_is_not_imported_by_those_who_do_not_use_it() -> None:
    asked = "import sys, careline.cli; print('celery' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True)
    assert answer.stdout.split()[-1] == b"False"
