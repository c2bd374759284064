"""Remember which of our actions raised, until the turn that called it asks."""

import threading


class ActionFailures:
    """By conversation, in memory: the turn that needs it is waiting in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: dict[str, str] = {}

    def remember(self, conversation_id: str, action: str) -> None:
        with self._lock:
            self._failed.setdefault(conversation_id, action)

    def take(self, conversation_id: str) -> str | None:
        with self._lock:
            return self._failed.pop(conversation_id, None)
