"""A light HTTP client: what the load takes of the processors is missing to those measured.

A plain socket for each thread and the reading of careline's own line to Rasa: a fifth of what
http.client takes, and a fifteenth of httpx.
"""

import json
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

from careline.assistant.lines import READ_AT_ONCE, Reading

TIMEOUT_SECONDS = 60
REST_SECONDS = 4


@dataclass(frozen=True)
class Answer:
    status: int
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class _Mine(threading.local):
    connection: socket.socket | None = None
    used_at = 0.0


class Client:
    """For many threads; raises OSError when nobody answers."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._address = (host, port)
        self._host = f"Host: {host}:{port}\r\n"
        self._mine = _Mine()

    def get(self, path: str) -> Answer:
        return self._send("GET", path, b"", {})

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        content = json.dumps(body).encode()
        told = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        return self._send("POST", path, content, {**told, **(headers or {})})

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"{method} {path} HTTP/1.1\r\n{self._host}{told}\r\n".encode() + body
        connection = self._connection()
        try:
            connection.sendall(request)
            reading = Reading()
            while not reading.is_whole:
                reading.take(connection.recv(READ_AT_ONCE))
        except OSError:
            self._close()  # the next request opens it anew
            raise
        if not reading.keeps_open:
            self._close()
        self._mine.used_at = time.monotonic()
        return Answer(reading.reply.status, reading.reply.body)

    def _connection(self) -> socket.socket:
        """This thread's own; after a rest opened anew, as the other side may have closed it."""
        if time.monotonic() - self._mine.used_at > REST_SECONDS:
            self._close()
        connection = self._mine.connection
        if connection is None:
            connection = socket.create_connection(self._address, TIMEOUT_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._mine.connection = connection
        return connection

    def _close(self) -> None:
        if self._mine.connection is not None:
            self._mine.connection.close()
            self._mine.connection = None
