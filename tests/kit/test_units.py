"""Units of work on a loop: in order, each for itself, and the loop goes on while others write."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from careline.kit import database as kit_database
from careline.kit.database import Database
from careline.kit.units import AT_A_TIME, Units
from tests import loops
from tests.house import postgres_schema


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/record.db"
    _make_table(url)
    return url


@pytest.fixture
def postgres() -> Iterator[str]:
    with postgres_schema() as url:
        _make_table(url)
        yield url


def _make_table(url: str) -> None:
    with closing(Database(url)) as made, made.begin() as session:
        session.execute(text("CREATE TABLE word (said TEXT)"))


def says(word: str) -> Callable[[Session], str]:
    def work(session: Session) -> str:
        session.execute(text("INSERT INTO word VALUES (:said)"), {"said": word})
        return threading.current_thread().name

    return work


def words(url: str) -> list[str]:
    with closing(Database(url)) as database, database.read() as session:
        return list(session.scalars(text("SELECT said FROM word ORDER BY said")))


def test_it_is_committed_when_it_is_given_back_and_no_thread_was_needed(url: str) -> None:
    async def write(units: Units) -> str:
        thread = await units.run(says("a"))
        assert words(url) == ["a"]
        return thread

    with closing(Database(url)) as database, closing(Units(database)) as units:
        assert loops.run(write(units)).startswith("ThreadPool")


def test_while_another_process_writes_the_loop_goes_on_and_then_all_follow_in_order(
    url: str,
) -> None:
    asked = 2 * AT_A_TIME + 3
    order: list[int] = []

    def work(number: int) -> Callable[[Session], str]:
        def write(session: Session) -> str:
            order.append(number)
            return says(f"{number:02}")(session)

        return write

    async def write(units: Units, other: Database) -> None:
        assert other.enter()
        running = [asyncio.ensure_future(units.run(work(number))) for number in range(asked)]
        for _ in range(20):
            await asyncio.sleep(0)
        assert not order, "the other one is still inside"
        other.leave()
        await asyncio.gather(*running)

    with (
        closing(Database(url)) as database,
        closing(Database(url)) as other,
        closing(Units(database)) as units,
    ):
        loops.run(write(units, other))
        with other.begin():
            pass  # they have left
    assert order == list(range(asked))
    assert words(url) == [f"{number:02}" for number in range(asked)]


@pytest.mark.parametrize("waits", [False, True])
def test_what_one_raises_is_undone_and_told_to_that_one_alone(url: str, *, waits: bool) -> None:
    def fails(session: Session) -> None:
        says("never")(session)
        raise ZeroDivisionError

    async def write(units: Units, other: Database) -> list[object]:
        if waits:
            assert other.enter()
        works = [says("a"), fails, says("b")]
        running = [asyncio.ensure_future(units.run(work)) for work in works]
        await asyncio.sleep(0)
        if waits:
            other.leave()
        return await asyncio.gather(*running, return_exceptions=True)

    with (
        closing(Database(url)) as database,
        closing(Database(url)) as other,
        closing(Units(database)) as units,
    ):
        _, failed, _ = loops.run(write(units, other))
    assert isinstance(failed, ZeroDivisionError)
    assert words(url) == ["a", "b"]


def test_one_that_hangs_inside_is_told_of_in_time_and_later_ones_get_in(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit_database, "BUSY_TIMEOUT_SECONDS", 0.05)

    async def write(units: Units, other: Database) -> None:
        assert other.enter()
        with other.inside() as session:
            says("other")(session)
            for _ in range(2):  # also for what is asked while a thread still waits to get in
                with pytest.raises(OperationalError, match="locked"):
                    await units.run(says("never"))
        other.leave()
        await units.run(says("later"))

    with (
        closing(Database(url)) as database,
        closing(Database(url)) as other,
        closing(Units(database, busy_seconds=0.05)) as units,
    ):
        loops.run(write(units, other))
    assert words(url) == ["later", "other"]


def test_a_database_of_several_writers_has_them(postgres: str) -> None:
    together = threading.Barrier(3)

    def work(session: Session) -> str:
        together.wait(10)  # all three are inside
        return says("a")(session)

    async def write(units: Units) -> list[str]:
        return await asyncio.gather(*(units.run(work) for _ in range(3)))

    with closing(Database(postgres)) as database, closing(Units(database)) as units:
        assert len(set(loops.run(write(units)))) == 3
    assert words(postgres) == ["a"] * 3
