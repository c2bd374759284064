"""One engine, one declarative base, and the unit of work that the edges open.

SQLite by default, PostgreSQL by its URL; the same code for both. Nothing deeper than an
edge (a request, a job, a command) opens or commits a unit of work.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, DateTime, Engine, MetaData, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from careline.kit.sqlite import log_is_long, shorten_log, sqlite_engine

BUSY_TIMEOUT_SECONDS = 8  # below the 10 s in which a customer gets at least the honest line


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, both ways; SQLite alone would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("only aware datetimes go into the record")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """The door to the database."""

    def __init__(self, url: str | URL, *, echo: bool = False) -> None:
        self.url = make_url(url)
        self.engine, self._reading = _engines(self.url, echo)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(self._reading, expire_on_commit=False)
        self._writing = threading.Lock()
        self._turnstile: Turnstile | None = None
        if self.engine.dialect.name == "sqlite" and self.url.database:
            self._turnstile = Turnstile(Path(f"{self.url.database}-writers"))

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A unit of work: committed at the end, rolled back if anything is raised."""
        # The session is made before the others are waited for, and closed when they may go on.
        with self._sessions() as session, self._after_other_writers(), session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A look without a write lock: it neither waits for writers nor holds them up."""
        with self._readers() as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """The same for plain statements alone: making a session takes longer than most of them."""
        with self._reading.connect() as connection:
            yield connection

    def shorten_log(self) -> bool:
        """See to it that SQLite's log of what was written stays short; False: it is, or there is
        none. Called now and then, so that no turn has to wait while one does it."""
        if self._turnstile is None or not log_is_long(Path(self.url.database or "")):
            return False
        shorten_log(self._reading, self._after_other_writers())
        return True

    @property
    def takes_one_writer(self) -> bool:
        """Then units of work go in one after the other, and `enter` is how."""
        return self._turnstile is not None

    def enter(self, *, wait: bool = True) -> bool:
        """Be the one writer, until `leave`, which any thread may call.

        Waits for the busy time, or not at all. False: others still are, or nobody has to be.
        """
        if self._turnstile is None:
            return False
        if not self._writing.acquire(timeout=BUSY_TIMEOUT_SECONDS if wait else 0):
            return False
        is_in = False
        try:
            is_in = self._turnstile.enter(wait=wait)
        finally:
            if not is_in:
                self._writing.release()
        return is_in

    def leave(self) -> None:
        assert self._turnstile is not None
        self._turnstile.leave()
        self._writing.release()

    @contextmanager
    def inside(self) -> Iterator[Session]:
        """A unit of work of the one writer that there is now; see `enter`."""
        with self._sessions() as session, session.begin():
            yield session

    @contextmanager
    def _after_other_writers(self) -> Iterator[None]:
        """SQLite takes one writer at a time, and those that wait inside it sleep ever longer.

        Here each goes in as soon as the last one is done, of this process and of others in turn.
        Whoever has waited out the busy time goes on to hear it from SQLite.
        """
        if not self.enter():
            yield
            return
        try:
            yield
        finally:
            self.leave()

    def create_all(self) -> None:
        """Make the tables from the models, for tests; installations use the migrations."""
        Base.metadata.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()
        self._reading.dispose()
        if self._turnstile is not None:
            self._turnstile.close()


class Turnstile:
    """Processes go through one after the other, in the order they came; one that dies has left.

    One that hangs inside keeps a single thread of each other process waiting: the others have
    their own time limit.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1
        self._opened_by = 0

    def enter(self, *, wait: bool = True) -> bool:
        """Not for two threads at once. Where the file cannot be made, SQLite will say so itself."""
        try:
            place = self._place()
        except OSError:
            return True
        try:
            fcntl.flock(place, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def leave(self) -> None:
        if self._opened_by == os.getpid():
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._opened_by == os.getpid():
            os.close(self._file)
            self._opened_by = 0

    def _place(self) -> int:
        if self._opened_by != os.getpid():  # what a fork inherits is its parent's place
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._opened_by = os.getpid()
        return self._file


def _engines(url: URL, echo: bool) -> tuple[Engine, Engine]:
    """For units of work, and for looks; the same one where the database needs no difference."""
    if url.get_backend_name() != "sqlite":
        both = create_engine(url, echo=echo, pool_size=10, max_overflow=20, pool_pre_ping=True)
        return both, both
    writing, reading = (
        sqlite_engine(url, writes=writes, busy_timeout_seconds=BUSY_TIMEOUT_SECONDS, echo=echo)
        for writes in (True, False)
    )
    return writing, reading
