"""Remember which of our actions raised, until the turn that called it asks."""

import json
import os
import threading

LONGEST_NAME = 300  # characters; a line must go through a pipe in one piece
_READ = 65536  # bytes, what a pipe holds


class ActionFailures:
    """By conversation: the turn that needs it is waiting for Rasa, which hears of it later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: dict[str, str] = {}
        self._pipe: tuple[int, int] | None = None

    def share(self) -> None:
        """Before a fork: what one process remembers, the other takes."""
        self._pipe = os.pipe()
        os.set_blocking(self._pipe[0], False)

    def remember(self, conversation_id: str, action: str) -> None:
        if self._pipe is None:
            with self._lock:
                self._failed.setdefault(conversation_id, action)
            return
        # Before Rasa has the answer, so it is there when the turn looks.
        line = json.dumps([conversation_id, action[:LONGEST_NAME]], ensure_ascii=False)
        os.write(self._pipe[1], f"{line}\n".encode())

    def take(self, conversation_id: str) -> str | None:
        with self._lock:
            for told, action in self._told():
                self._failed.setdefault(told, action)
            return self._failed.pop(conversation_id, None)

    def _told(self) -> list[list[str]]:
        if self._pipe is None:
            return []
        try:
            lines = os.read(self._pipe[0], _READ)
        except BlockingIOError:
            return []
        return [json.loads(line) for line in lines.splitlines()]
