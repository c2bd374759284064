"""One turn at a time per conversation: locks in memory, or in Redis for several processes.

CARELINE_REDIS_URL (redis://user:password@host:port/db) chooses Redis.
"""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from rasa.core.lock import TicketLock
from rasa.core.lock_store import InMemoryLockStore, LockStore, RedisLockStore
from rasa.utils.endpoints import EndpointConfig


def redis_locks(url: str) -> RedisLockStore:
    parts = urlsplit(url)
    return RedisLockStore(
        host=parts.hostname or "localhost",
        port=parts.port or 6379,
        db=int(parts.path.strip("/") or 0),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_ssl=parts.scheme == "rediss",
        key_prefix="careline",
        socket_timeout=5,
    )


class CarelineLockStore(LockStore):
    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:
        url = os.environ.get("CARELINE_REDIS_URL", "")
        self.locks: LockStore = redis_locks(url) if url else InMemoryLockStore()

    def get_lock(self, conversation_id: str) -> TicketLock | None:
        return self.locks.get_lock(conversation_id)

    def save_lock(self, lock: TicketLock) -> None:
        self.locks.save_lock(lock)

    def delete_lock(self, conversation_id: str) -> None:
        self.locks.delete_lock(conversation_id)
