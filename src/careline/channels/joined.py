"""HTTP answers that leave in one piece.

uvicorn hands an answer's head and its body to the transport one after the other, and uvloop writes
each at once: two calls of the system, and the other side is woken twice, the first time for
nothing.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_WAITING = 64 * 1024  # bytes; more is written at once


class JoinedProtocol(HttpToolsProtocol):
    """uvicorn's own, on a transport that joins what is written within one step of the loop."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        joined = Joined(cast(asyncio.Transport, transport), self.loop)
        super().connection_made(cast(asyncio.Transport, joined))


class Joined:
    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []
        self._length = 0

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._write)
        self._waiting.append(data)
        self._length += len(data)
        if self._length > LONGEST_WAITING:
            self._write()

    def close(self) -> None:
        self._write()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _write(self) -> None:
        if self._waiting:
            waiting, self._waiting, self._length = self._waiting, [], 0
            self._transport.write(b"".join(waiting))
