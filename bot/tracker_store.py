"""Rasa's memory of conversations in SQL: SQLite by default, PostgreSQL by environment.

Two differences to Rasa's own store. A conversation that goes on is not read back from SQL at
every turn: the tracker is kept, and one cheap count tells whether it is still the truth. And all
of a conversation is one tracker, sessions or not, so that a repeated message is always seen.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import QueuePool

from bot import quick_json

KEPT_TRACKERS = 1000  # a tracker is some 50 kB
CHECKPOINT_EVERY = 8000  # pages; each syncs the disk twice, and a turn waits for it


# Said to the driver itself: through SQLAlchemy each costs more than the database takes for it.
_STAMP = "SELECT count(*), max(id) FROM events WHERE sender_id = ?"
_DATA = "SELECT data FROM events WHERE sender_id = ? ORDER BY id"
_DELETE = "DELETE FROM events WHERE sender_id = ?"
_COLUMNS = ("sender_id", "type_name", "timestamp", "intent_name", "action_name", "data")
_INSERT = f"INSERT INTO events ({', '.join(_COLUMNS)}) VALUES "
_ROW = f"({', '.join('?' for _ in _COLUMNS)})"
ROWS_AT_ONCE = 100  # old SQLites take no more than 999 values


@dataclass(frozen=True)
class _Stamp:
    """Tells two states of a stored conversation apart; events are only ever appended."""

    events: int
    last_id: int


def store_url() -> str:
    """CARELINE_TRACKER_URL, else the SQLite file RASA_TRACKER_DB, else var/tracker.db."""
    url = os.environ.get("CARELINE_TRACKER_URL", "")
    if url:  # the application's driver is psycopg 3; this environment has psycopg 2
        return url.replace("postgresql+psycopg://", "postgresql+psycopg2://")
    state = Path(os.environ.get("CARELINE_STATE", "var"))
    return f"sqlite:///{os.environ.get('RASA_TRACKER_DB') or state / 'tracker.db'}"


class CarelineTrackerStore(SQLTrackerStore):
    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        """`host` is a whole URL, as Rasa passes on `url:` of endpoints.yml."""
        self._kept: OrderedDict[str, tuple[DialogueStateTracker, _Stamp]] = OrderedDict()
        url = host or store_url()
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        super().__init__(domain=domain, host=url, event_broker=event_broker, **kwargs)
        if self.engine.dialect.name == "sqlite":
            self._tune_sqlite(url)

    def _tune_sqlite(self, url: str) -> None:
        """Connections that stay open, and one sync per checkpoint instead of two per turn."""
        self.engine.dispose()
        self.engine = sa.create_engine(
            url, poolclass=QueuePool, connect_args={"check_same_thread": False, "timeout": 5}
        )

        @sa.event.listens_for(self.engine, "connect")
        def tune(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_EVERY}")

        self.sessionmaker = sessionmaker(bind=self.engine)

    @contextmanager
    def _transaction(self) -> Iterator[_Sql]:
        """Committed at its end; nothing of it stays after an error."""
        connection = self.engine.raw_connection()
        try:
            yield _Sql(connection.cursor(), self.engine.dialect.paramstyle)
            connection.commit()
        finally:
            connection.close()  # back to the pool, which rolls back what was not committed

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        # Handed out, not lent: a turn that fails half-way leaves a tracker nobody may see again.
        kept = self._kept.pop(sender_id, None)
        with self._transaction() as sql:
            stamp = sql.stamp(sender_id)
            if not stamp.events:
                return None
            if kept is not None and kept[1] == stamp:
                return kept[0]
            written = sql.events(sender_id)
        return DialogueStateTracker.from_dict(sender_id, written, self.domain.slots)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        return await self.retrieve(conversation_id)

    async def exists(self, conversation_id: str) -> bool:
        with self._transaction() as sql:
            return sql.stamp(conversation_id).events > 0

    async def save(self, tracker: DialogueStateTracker) -> None:
        await self.stream_events(tracker)
        if not tracker.events:
            return
        sender_id = tracker.sender_id
        with self._transaction() as sql:
            stored = sql.stamp(sender_id).events
            sql.append([_row(sender_id, e) for e in islice(tracker.events, stored, None)])
            stamp = sql.stamp(sender_id)
        self._kept[sender_id] = (tracker, stamp)
        if len(self._kept) > KEPT_TRACKERS:
            self._kept.popitem(last=False)

    def events_of(self, sender_id: str) -> list[dict[str, Any]]:
        """All that is stored of the conversation, oldest first, for an export."""
        with self._transaction() as sql:
            return sql.events(sender_id)

    def erase(self, sender_id: str) -> int:
        """Forget the whole conversation; how many events there were. Hold its lock."""
        self._kept.pop(sender_id, None)
        with self._transaction() as sql:
            return sql.erase(sender_id)


class _Sql:
    """What is asked of the database, within one transaction."""

    def __init__(self, cursor: Any, paramstyle: str) -> None:
        self._cursor = cursor
        self._mark = "?" if paramstyle == "qmark" else "%s"  # SQLite's driver, or PostgreSQL's

    def _run(self, statement: str, values: Sequence[Any]) -> Any:
        self._cursor.execute(statement.replace("?", self._mark), values)
        return self._cursor

    def stamp(self, sender_id: str) -> _Stamp:
        events, last_id = self._run(_STAMP, (sender_id,)).fetchone()
        return _Stamp(events, last_id or 0)

    def events(self, sender_id: str) -> list[dict[str, Any]]:
        return [quick_json.loads(data) for (data,) in self._run(_DATA, (sender_id,))]

    def append(self, rows: list[tuple[Any, ...]]) -> None:
        for first in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[first : first + ROWS_AT_ONCE]
            self._run(_INSERT + ", ".join([_ROW] * len(some)), [*chain.from_iterable(some)])

    def erase(self, sender_id: str) -> int:
        return int(self._run(_DELETE, (sender_id,)).rowcount)


def _row(sender_id: str, event: Event) -> tuple[Any, ...]:
    """In the order of _COLUMNS."""
    data = event.as_dict()
    return (
        sender_id,
        event.type_name,
        data.get("timestamp"),
        data.get("parse_data", {}).get("intent", {}).get("name"),
        data.get("name"),
        quick_json.dumps(data),
    )
