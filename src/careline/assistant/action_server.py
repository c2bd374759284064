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
from http.client import responses
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

from careline.assistant.actions_route import Route, inflated
from careline.assistant.calls import Call, Calls, Unreadable
from careline.kit.logging import get_logger

log = get_logger("assistant")

READ_AT_ONCE = 64 * 1024  # bytes; a call of Rasa's comes in one piece


class ActionServer(ThreadingTCPServer):
    """Listens from the start; answers once `serve_forever` runs, until `stop`."""

    daemon_threads = False  # an action that runs is let finish
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, route: Route) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.route = route
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__((host, port), _Connection)

    @property
    def port(self) -> int:
        """Where it listens; one that was free, if 0 was asked for."""
        return int(self.server_address[1])

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


class _Connection(BaseRequestHandler):
    server: ActionServer
    request: socket.socket

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        calls = Calls()
        while data := self.request.recv(READ_AT_ONCE):
            for call in calls.read(data):
                try:
                    content, status = self._answered(call)
                except Unreadable as error:
                    self._refuse(error)
                    return
                self._send(content, status, keeps_open=call.keeps_open)
                if not call.keeps_open:
                    return
            if calls.unreadable is not None:
                self._refuse(calls.unreadable)
                return

    def _answered(self, call: Call) -> tuple[bytes, int]:
        try:
            body = inflated(call.body) if call.is_deflated else call.body
        except ValueError as error:
            raise Unreadable(HTTPStatus.BAD_REQUEST, str(error)) from error
        return self.server.route(call.method, call.path, body)

    def _refuse(self, error: Unreadable) -> None:
        self._send(json.dumps({"error": str(error)}).encode(), error.status, keeps_open=False)

    def _send(self, content: bytes, status: int, *, keeps_open: bool) -> None:
        """Head and body leave together."""
        head = (
            f"HTTP/1.1 {status} {responses.get(status, '')}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n"
        )
        end = "\r\n" if keeps_open else "Connection: close\r\n\r\n"
        self.request.sendall((head + end).encode() + content)


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
