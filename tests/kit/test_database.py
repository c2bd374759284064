"""Writers of several processes: one after the other, and none kept out by one that died."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from careline.kit import sqlite
from careline.kit.database import Database

_WRITES_UNTIL_KILLED = """
import sys
from sqlalchemy import text
from careline.kit.database import Database

with Database(sys.argv[1]).begin() as session:
    session.execute(text("INSERT INTO word VALUES ('never committed')"))
    print("inside", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/record.db"
    made = Database(url)
    with made.begin() as session:
        session.execute(text("CREATE TABLE word (said TEXT)"))
    made.close()
    return url


def words(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(text("SELECT said FROM word ORDER BY rowid")))


def test_a_writer_that_is_killed_inside_keeps_nobody_out(url: str) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", _WRITES_UNTIL_KILLED, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    database = Database(url)
    entered = threading.Event()

    def write() -> None:
        with database.begin() as session:
            entered.set()
            session.execute(text("INSERT INTO word VALUES ('after it')"))

    writer = threading.Thread(target=write)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "inside\n"
        writer.start()
        assert words(database) == [], "a reader neither waits nor sees what is not committed"
        assert not entered.is_set()
    finally:
        other.kill()
        other.communicate()
    writer.join(timeout=30)
    assert words(database) == ["after it"]
    database.close()


def test_many_writers_of_one_process_lose_nothing(url: str) -> None:
    database = Database(url)

    def count_up() -> None:
        for _ in range(20):
            with database.begin() as session:
                said = session.scalar(text("SELECT count(*) FROM word"))
                session.execute(text("INSERT INTO word VALUES (:said)"), {"said": str(said)})

    writers = [threading.Thread(target=count_up) for _ in range(5)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert words(database) == [str(number) for number in range(100)]
    database.close()


def test_what_is_raised_inside_lets_the_next_one_in(url: str) -> None:
    database = Database(url)
    with pytest.raises(ZeroDivisionError), database.begin():
        1 / 0  # noqa: B018
    with database.begin() as session:
        session.execute(text("INSERT INTO word VALUES ('next')"))
    assert words(database) == ["next"]
    database.close()


def test_a_folder_that_is_not_there_is_the_databases_to_tell(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/record.db")
    with pytest.raises(OperationalError, match="unable to open"), database.begin() as session:
        session.execute(text("SELECT 1"))
    database.close()


def test_the_log_is_brought_into_the_file_while_others_write(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LONG_LOG", 50)
    monkeypatch.setattr(sqlite, "LONGEST_LOG", 1_000_000)  # no writer does it by itself
    monkeypatch.setattr(sqlite, "_KEPT", 10)
    database = Database(url)
    log = Path(f"{database.url.database}-wal")
    lengths, shortened = [], 0
    for number in range(200):
        with database.begin() as session:
            session.execute(text("INSERT INTO word VALUES (:said)"), {"said": f"{number}" * 2000})
        lengths.append(log.stat().st_size)
        shortened += database.shorten_log()
    assert shortened > 2
    assert max(lengths) < 80 * sqlite.PAGE, "begun anew each time, not only copied"
    assert len(words(database)) == 200
    assert not database.shorten_log()
    database.close()


def test_what_is_being_written_meanwhile_is_neither_lost_nor_waited_for_long(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LONG_LOG", 10)
    database, other = Database(url), Database(url)
    done = threading.Event()

    def write() -> None:
        for number in range(300):
            with other.begin() as session:
                session.execute(text("INSERT INTO word VALUES (:said)"), {"said": f"w{number}"})
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        database.shorten_log()
    writer.join()
    assert words(database) == [f"w{number}" for number in range(300)]
    for each in (database, other):
        each.close()
