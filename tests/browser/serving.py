"""Real HTTP servers for browser tests, on free ports, and a wire in front that can be cut."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

BUFFER = 65_536


def _free_listener(port: int = 0) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


@contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[int]:
    """Run the app in a thread; yields its port."""
    listener = _free_listener(port)
    config = uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    ready = threading.Event()
    started = server.startup

    async def startup(sockets: list[socket.socket] | None = None) -> None:
        await started(sockets=sockets)
        ready.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert ready.wait(timeout=60), "the test server did not start"
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=30)


class Wire:
    """A TCP relay: what the browser talks to, so that a test can pull the plug.

    `cut()` breaks every connection and refuses new ones until `mend()`; `break_all()` only breaks
    those that are open; `break_uploads_after(n)` breaks every connection that carries more than n
    bytes towards the server, also until `mend()` (a browser tries once more by itself).
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._whole = True
        self._upload_limit: int | None = None
        self._listener = _free_listener()
        self._listener.listen(64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._whole = False
        self.break_all()

    def mend(self) -> None:
        self._whole = True
        self._upload_limit = None

    def break_all(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            self._close(pair)

    def break_uploads_after(self, sent_bytes: int) -> None:
        self._upload_limit = sent_bytes

    def close(self) -> None:
        self.cut()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return  # closed
            if not self._whole:
                browser.close()
                continue
            server = socket.create_connection(("127.0.0.1", self._target_port))
            pair = (browser, server)
            with self._lock:
                self._pairs.add(pair)
            threading.Thread(target=self._relay, args=(browser, server, pair), daemon=True).start()
            threading.Thread(target=self._relay, args=(server, browser, pair), daemon=True).start()

    def _relay(
        self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        carried = 0
        with suppress(OSError):
            while data := source.recv(BUFFER):
                carried += len(data)
                limit = self._upload_limit
                if source is pair[0] and limit is not None and carried > limit:
                    break
                sink.sendall(data)
        self._close(pair)

    def _close(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            self._pairs.discard(pair)
        for end in pair:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
