"""Connections to Rasa's workers: kept open between questions, one question at a time each.

A turn's question is one small POST on this machine. Plain sockets and llhttp (httptools, as the
app's own server has it) take a fifth of the time that http.client does; a richer client took a
tenth of the application's.
"""

import select
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlsplit

import httptools

CONNECT_WITHIN = 2.0  # seconds; Rasa is on this machine or beside it
KEPT_OPEN = 64  # connections to one worker
DOWN_FOR = 1.0  # seconds until a worker that could not be reached is tried first again
READ_AT_ONCE = 64 * 1024  # bytes


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes


class Unreachable(Exception):
    """No worker takes connections; nothing was asked of any."""


class NoReply(OSError):
    """What came back is no answer in HTTP, or ended before it was whole."""


class Line:
    """One worker."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url = url
        to = urlsplit(url)
        self.host, self.is_secure = to.hostname or "127.0.0.1", to.scheme == "https"
        self.port = to.port or (443 if self.is_secure else 80)
        self._path = to.path.rstrip("/")
        told = {"Host": to.netloc.rpartition("@")[2], "Accept-Encoding": "identity", **headers}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        self._lock = threading.Lock()
        self._idle: list[socket.socket] = []
        self._down_until = 0.0

    @property
    def is_down(self) -> bool:
        return time.monotonic() < self._down_until

    def send(self, method: str, path: str, body: bytes | None, within: float) -> Reply:
        """Raises Unreachable when nothing was sent, TimeoutError when a wait for bytes took longer
        than `within` seconds, else OSError."""
        connection = self._connection(within)
        try:
            connection.sendall(self.request(method, path, body))
            reading = Reading()
            while not reading.is_whole:
                reading.take(connection.recv(READ_AT_ONCE))
        except BaseException:
            connection.close()
            raise
        if reading.keeps_open:
            self._keep(connection)
        else:
            connection.close()
        return reading.reply

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def request(self, method: str, path: str, body: bytes | None) -> bytes:
        length = f"Content-Length: {len(body)}\r\n" if body is not None else ""
        head = f"{method} {self._path}{path} HTTP/1.1\r\n{self._head}{length}\r\n"
        return head.encode() + (body or b"")

    def _connection(self, within: float) -> socket.socket:
        while True:
            with self._lock:
                kept = self._idle.pop() if self._idle else None
            if kept is None:
                return self._connected(within)
            if not _has_news(kept):
                kept.settimeout(within)
                return kept
            kept.close()

    def _connected(self, within: float) -> socket.socket:
        try:
            connection = socket.create_connection((self.host, self.port), CONNECT_WITHIN)
        except OSError as error:
            raise self.unreachable(error) from error
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.is_secure:
                safe = ssl.create_default_context()
                connection = safe.wrap_socket(connection, server_hostname=self.host)
        except OSError as error:
            connection.close()
            raise self.unreachable(error) from error
        connection.settimeout(within)
        return connection

    def unreachable(self, error: OSError) -> Unreachable:
        self._down_until = time.monotonic() + DOWN_FOR
        return Unreachable(type(error).__name__)

    def _keep(self, connection: socket.socket) -> None:
        with self._lock:
            if len(self._idle) < KEPT_OPEN:
                self._idle.append(connection)
                return
        connection.close()


class Reading:
    """One answer, as its bytes come; the `on_` methods are the parser's to call."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self._status = 0
        self.is_whole = False
        self.keeps_open = False

    @property
    def reply(self) -> Reply:
        return Reply(self._status, b"".join(self._parts))

    def take(self, data: bytes) -> None:
        """Raises NoReply."""
        if not data:
            raise NoReply("the connection was closed before the answer was whole")
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            raise NoReply(f"what came back is not HTTP: {error}") from error

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)

    def on_message_complete(self) -> None:
        self._status = self._parser.get_status_code()
        self.keeps_open = self._parser.should_keep_alive()
        self.is_whole = True


class Lines:
    """All workers; a conversation stays with one of them, which has it in memory."""

    def __init__(self, urls: list[str], headers: dict[str, str]) -> None:
        self.all = [Line(url, headers) for url in urls]

    def send(
        self, conversation: str, method: str, path: str, body: bytes | None, within: float
    ) -> Reply:
        """From the conversation's worker, or from the next when that takes no connection."""
        for line in self.to_try(conversation):
            try:
                return line.send(method, path, body, within)
            except Unreachable as error:
                reason = error
        raise reason

    def to_try(self, conversation: str) -> list[Line]:
        """Its own worker first, those last that could not be reached just now."""
        return sorted(self.for_conversation(conversation), key=lambda line: line.is_down)

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


def _has_news(connection: socket.socket) -> bool:
    """On a connection at rest that is its end: the other side has closed it."""
    looking = select.poll()  # not select(), which knows no file above the 1,023rd
    looking.register(connection, select.POLLIN)
    return bool(looking.poll(0))
