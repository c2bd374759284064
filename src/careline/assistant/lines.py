"""Connections to Rasa's workers: kept open between questions, one question at a time each.

Plain http.client: a turn's question is one small POST on this machine, and a richer client
took a tenth of the application's time for it.
"""

import http.client
import select
import threading
import time
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import SplitResult, urlsplit

CONNECT_WITHIN = 2.0  # seconds; Rasa is on this machine or beside it
KEPT_OPEN = 64  # connections to one worker
DOWN_FOR = 1.0  # seconds until a worker that could not be reached is tried first again


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes


class Unreachable(Exception):
    """No worker takes connections; nothing was asked of any."""


class Line:
    """One worker."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url = url
        self._to: SplitResult = urlsplit(url)
        self._headers = headers
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []
        self._down_until = 0.0

    @property
    def is_down(self) -> bool:
        return time.monotonic() < self._down_until

    def send(self, method: str, path: str, body: bytes | None, within: float) -> Reply:
        """Raises Unreachable when nothing was sent, else OSError or HTTPException."""
        connection = self._connection(within)
        try:
            connection.request(method, self._to.path.rstrip("/") + path, body, self._headers)
            response = connection.getresponse()
            reply = Reply(response.status, response.read())
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._keep(connection)
        return reply

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _connection(self, within: float) -> http.client.HTTPConnection:
        while True:
            with self._lock:
                kept = self._idle.pop() if self._idle else None
            if kept is None:
                return self._connected(within)
            if kept.sock is not None and not _has_news(kept):
                kept.sock.settimeout(within)
                return kept
            kept.close()

    def _connected(self, within: float) -> http.client.HTTPConnection:
        kind = (
            http.client.HTTPSConnection
            if self._to.scheme == "https"
            else http.client.HTTPConnection
        )
        connection = kind(self._to.hostname or "127.0.0.1", self._to.port, timeout=CONNECT_WITHIN)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            self._down_until = time.monotonic() + DOWN_FOR
            raise Unreachable(type(error).__name__) from error
        connection.sock.settimeout(within)
        return connection

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < KEPT_OPEN:
                self._idle.append(connection)
                return
        connection.close()


class Lines:
    """All workers; a conversation stays with one of them, which has it in memory."""

    def __init__(self, urls: list[str], headers: dict[str, str]) -> None:
        self.all = [Line(url, headers) for url in urls]

    def send(
        self, conversation: str, method: str, path: str, body: bytes | None, within: float
    ) -> Reply:
        """From the conversation's worker, or from the next when that takes no connection."""
        lines = self.for_conversation(conversation)
        for line in sorted(lines, key=lambda line: line.is_down):
            try:
                return line.send(method, path, body, within)
            except Unreachable as error:
                reason = error
        raise reason

    def for_conversation(self, conversation: str) -> list[Line]:
        """Its own worker first. When one goes, only its conversations move, and come back."""
        if len(self.all) == 1:
            return self.all
        return sorted(self.all, key=lambda line: _rank(line.url, conversation))

    def close(self) -> None:
        for line in self.all:
            line.close()


def _rank(url: str, conversation: str) -> bytes:
    return blake2b(f"{url} {conversation}".encode(), digest_size=8).digest()


def _has_news(connection: http.client.HTTPConnection) -> bool:
    """On a connection at rest that is its end: the other side has closed it."""
    ready, _, _ = select.select([connection.sock], [], [], 0)
    return bool(ready)
