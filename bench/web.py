"""A light HTTP client: what the load takes of the processors is missing to those measured.

http.client over a connection for each thread costs a third of what httpx takes.
"""

import http.client
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

TIMEOUT_SECONDS = 60
REST_SECONDS = 4


@dataclass(frozen=True)
class Answer:
    status: int
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


class _Mine(threading.local):
    connection: http.client.HTTPConnection | None = None
    used_at = 0.0


class Client:
    """For many threads; raises OSError or HTTPException when nobody answers."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._address = (host, port)
        self._mine = _Mine()

    def get(self, path: str) -> Answer:
        return self._send("GET", path, None, {})

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        with_type = {"Content-Type": "application/json", **(headers or {})}
        return self._send("POST", path, json.dumps(body).encode(), with_type)

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        connection = self._connection()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.read())
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens it anew
            raise
        self._mine.used_at = time.monotonic()
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        """This thread's own; after a rest opened anew, as the other side may have closed it."""
        connection = self._mine.connection
        if connection is None:
            connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT_SECONDS)
            self._mine.connection = connection
        elif time.monotonic() - self._mine.used_at > REST_SECONDS:
            connection.close()
        return connection
