"""Writers of several processes: one after the other, and none kept out by one that died."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

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
