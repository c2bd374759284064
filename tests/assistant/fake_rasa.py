"""A connector that behaves: real HTTP, the real answer shape, idempotent, and able to fail."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FakeRasa:
    """How it behaves is set by the test, also while it runs."""

    fault: str = ""  # "" | slow | empty | status | nonsense | shape | drop
    slow_seconds: float = 5.0
    understands: str = "fully"  # | less
    asked: list[dict[str, Any]] = field(default_factory=list)
    replies: list[dict[str, Any]] = field(default_factory=list)  # instead of the echo
    actions: list[str] = field(default_factory=lambda: ["action_listen"])
    hold: threading.Event | None = None  # answers wait for it
    on_turn: Callable[[], None] = lambda: None  # called while a turn runs
    running: dict[str, int] = field(default_factory=dict)
    overlapped: bool = False  # two turns of one conversation were run at once
    url: str = ""
    _first: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def turn(self, body: dict[str, Any]) -> dict[str, Any]:
        conversation, message = body["conversation"], body["message_id"]
        with self._lock:
            self.asked.append(body)
            if message in self._first:
                return {**self._first[message], "repeated": True}
            self.running[conversation] = self.running.get(conversation, 0) + 1
            self.overlapped = self.overlapped or self.running[conversation] > 1
        if self.hold is not None:
            self.hold.wait(10)
        self.on_turn()
        said = _said(body)
        answer = {
            "replies": self.replies or [{"text": f"echo: {said}", "buttons": []}],
            "understood": {"intent": "greet", "confidence": 0.9, "ranking": []},
            "actions": self.actions,
            "repeated": False,
        }
        with self._lock:
            self.running[conversation] -= 1
            self._first[message] = answer
        return answer

    @property
    def texts(self) -> list[str]:
        return [_said(body) for body in self.asked]


def _said(body: dict[str, Any]) -> str:
    """The words, the button, or what it is told has happened."""
    if "intent" in body:
        return f"{body['intent']} {body['metadata'].get('outcome', '')}".strip()
    return str(body.get("text") or body["payload"])


@contextmanager
def fake_rasa() -> Iterator[FakeRasa]:
    rasa = FakeRasa()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(rasa))
    server.daemon_threads = True
    rasa.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield rasa
    finally:
        server.shutdown()
        server.server_close()


def _handler(rasa: FakeRasa) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            match rasa.fault:
                case "status":
                    self._send(500, b'{"error": {"code": "turn_failed", "message": "no"}}')
                case "nonsense":
                    self._send(200, b"<html>")
                case "shape":
                    self._send(200, b'{"replies": "none"}')
                case "empty":
                    self._send(200, b'{"replies": [], "understood": {}, "actions": []}')
                case "drop":
                    self.close_connection = True
                    self.connection.close()
                case "slow":
                    rasa.turn(body)
                    time.sleep(rasa.slow_seconds)
                    self._send(200, b"{}")
                case _:
                    self._send(200, json.dumps(rasa.turn(body)).encode())

        def do_GET(self) -> None:
            told = {"status": "ok", "understands": rasa.understands}
            self._send(200 if not rasa.fault else 503, json.dumps(told).encode())

        def _send(self, status: int, body: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client had given up

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
