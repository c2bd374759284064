"""The line between the app and Rasa, for tests: it can be cut, and it can hold answers back."""

import socket
import threading
from typing import Any

from tests.browser.serving import Wire


class LineToRasa(Wire):
    """`cut()` and `mend()` as any wire; after `hold()` Rasa works, and its answers wait."""

    def __init__(self, rasa_port: int) -> None:
        self._flows = threading.Event()
        self._flows.set()
        super().__init__(rasa_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def hold(self) -> None:
        self._flows.clear()

    def release(self) -> None:
        """What was held back is lost with its connection; what is asked now is answered."""
        self.break_all()
        self._flows.set()

    def _relay(
        self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]
    ) -> None:
        is_answer = source is pair[1]
        held: Any = _Held(sink, self._flows) if is_answer else sink
        super()._relay(source, held, pair)


class _Held:
    """A socket to which nothing is sent while the line is held."""

    def __init__(self, sink: socket.socket, flows: threading.Event) -> None:
        self._sink, self._flows = sink, flows

    def sendall(self, data: bytes) -> None:
        self._flows.wait()
        self._sink.sendall(data)
