"""Rasa's memory of conversations in SQL: SQLite by default, PostgreSQL by environment.

Two differences to Rasa's own store. A conversation that goes on is not read back from SQL at
every turn: the tracker is kept, and one cheap count tells whether it is still the truth. And all
of a conversation is one tracker, sessions or not, so that a repeated message is always seen.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import QueuePool

from bot import quick_json

KEPT_TRACKERS = 1000  # a tracker is some 50 kB
CHECKPOINT_EVERY = 8000  # pages; each syncs the disk twice, and a turn waits for it


# Built once: every turn runs these, and building a statement costs more than running it.
_EVENTS = SQLTrackerStore.SQLEvent.__table__
_OF_SENDER = _EVENTS.c.sender_id == sa.bindparam("sender")
_COUNT = sa.select(sa.func.count(), sa.func.max(_EVENTS.c.id)).where(_OF_SENDER)
_SELECT = sa.select(_EVENTS.c.data).where(_OF_SENDER).order_by(_EVENTS.c.id)
_INSERT = sa.insert(_EVENTS)
_DELETE = sa.delete(_EVENTS).where(_OF_SENDER)


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

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        # Handed out, not lent: a turn that fails half-way leaves a tracker nobody may see again.
        kept = self._kept.pop(sender_id, None)
        with self.engine.connect() as connection:
            stamp = _stamp(connection, sender_id)
            if not stamp.events:
                return None
            if kept is not None and kept[1] == stamp:
                return kept[0]
            written = [quick_json.loads(data) for data in _data(connection, sender_id)]
        return DialogueStateTracker.from_dict(sender_id, written, self.domain.slots)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        return await self.retrieve(conversation_id)

    async def exists(self, conversation_id: str) -> bool:
        with self.engine.connect() as connection:
            return _stamp(connection, conversation_id).events > 0

    async def save(self, tracker: DialogueStateTracker) -> None:
        await self.stream_events(tracker)
        if not tracker.events:
            return
        with self.engine.begin() as connection:
            stored = _stamp(connection, tracker.sender_id).events
            new = [self._row(tracker.sender_id, e) for e in islice(tracker.events, stored, None)]
            if new:
                connection.execute(_INSERT, new)
            stamp = _stamp(connection, tracker.sender_id)
        self._kept[tracker.sender_id] = (tracker, stamp)
        if len(self._kept) > KEPT_TRACKERS:
            self._kept.popitem(last=False)

    def events_of(self, sender_id: str) -> list[dict[str, Any]]:
        """All that is stored of the conversation, oldest first, for an export."""
        with self.engine.connect() as connection:
            return [quick_json.loads(data) for data in _data(connection, sender_id)]

    def erase(self, sender_id: str) -> int:
        """Forget the whole conversation; how many events there were. Hold its lock."""
        self._kept.pop(sender_id, None)
        with self.engine.begin() as connection:
            return int(connection.execute(_DELETE, {"sender": sender_id}).rowcount)

    @staticmethod
    def _row(sender_id: str, event: Event) -> dict[str, Any]:
        data = event.as_dict()
        return {
            "sender_id": sender_id,
            "type_name": event.type_name,
            "timestamp": data.get("timestamp"),
            "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
            "action_name": data.get("name"),
            "data": quick_json.dumps(data),
        }


def _stamp(connection: Connection, sender_id: str) -> _Stamp:
    events, last_id = connection.execute(_COUNT, {"sender": sender_id}).one()
    return _Stamp(events, last_id or 0)


def _data(connection: Connection, sender_id: str) -> list[str]:
    return list(connection.execute(_SELECT, {"sender": sender_id}).scalars())
