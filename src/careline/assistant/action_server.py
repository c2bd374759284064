"""Serves the action route: a thread for each connection, which Rasa keeps open.

An action waits for the database and the shop and needs a thread anyway. Handing each call from an
event loop to a thread and back took longer than most actions do.
"""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from careline.assistant.actions_route import Route, inflated
from careline.kit.logging import get_logger

log = get_logger("assistant")

LARGEST_CALL = 4 * 1024 * 1024  # bytes; Rasa's are some ten thousand


class ActionServer(ThreadingHTTPServer):
    """Listens from the start; answers once `serve_forever` runs, until `stop`."""

    daemon_threads = False  # an action that runs is let finish
    request_queue_size = 128

    def __init__(self, host: str, port: int, route: Route) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.route = route
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__((host, port), _Call)

    def stop(self) -> None:
        """Take no more calls; returns when those that run are answered. From another thread."""
        self.shutdown()
        with self._lock:
            for connection in self._open:
                connection.shutdown(socket.SHUT_RD)  # its thread answers, then finds the end
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever called has gone away; actions' own faults are answered in the route."""
        log.warning("action.connection_lost", why=type(sys.exception()).__name__)


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    server: ActionServer

    def do_POST(self) -> None:
        body = self._body()
        if body is not None:
            self._answer(*self.server.route("POST", self.path, body))

    def do_GET(self) -> None:
        self._answer(*self.server.route("GET", self.path, b""))

    def log_message(self, format: str, *args: Any) -> None:
        """Calls are many and say nothing by themselves."""

    def _body(self) -> bytes | None:
        """None when it is not readable, and that was answered."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "say how long the body is")
            return None
        if int(length) > LARGEST_CALL:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the call is too large")
            return None
        body = self.rfile.read(int(length))
        try:
            return inflated(body) if self.headers.get("Content-Encoding") == "deflate" else body
        except ValueError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
            return None

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self.close_connection = True  # what follows on it cannot be told from the body
        self._answer(json.dumps({"error": why}).encode(), status)

    def _answer(self, content: bytes, status: int) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving_actions(host: str, port: int, route: Route) -> Iterator[ActionServer]:
    """Answers on a thread of its own; at the end what runs is let finish."""
    server = ActionServer(host, port, route)
    thread = threading.Thread(target=server.serve_forever, name="actions", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
