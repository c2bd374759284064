"""POST to one HTTP/1.1 address of a neighbour process, over connections that stay open.

All that a call of an action needs and no more: a general client spends more time on it than the
call itself. httptools reads the answers. Redirections are not followed, nothing is sent twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import httptools

IDLE_AT_MOST = 15.0  # seconds; servers hang up on lines that are silent for longer


class Answer(NamedTuple):
    status: int
    reason: str
    body: bytes


class KeptLines:
    """Open connections to one address; each carries one call at a time.

    Errors are those of aiohttp, since Rasa tells them apart: ClientConnectionError if the address
    cannot be reached or hangs up, ClientPayloadError if the answer is cut off or no HTTP.
    """

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        """`url` is http://host[:port]/path[?query]; `headers` go with each call."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._head = "\r\n".join([*lines, "Content-Length: "]).encode()
        self._free: list[_Line] = []

    async def post(self, body: bytes, within: float) -> Answer:
        """The answer, of whatever status; asyncio.TimeoutError after `within` seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        line = self._free_line(loop.time()) or await self._new_line(loop, within)
        return await line.exchange(b"%b%d\r\n\r\n%b" % (self._head, len(body), body), until)

    def close(self) -> None:
        for line in [*self._free]:
            line.hang_up()
        self._free.clear()

    def _free_line(self, now: float) -> _Line | None:
        while self._free:
            line = self._free.pop()
            if line.is_open and now - line.free_since < IDLE_AT_MOST:
                return line
            line.hang_up()
        return None

    async def _new_line(self, loop: asyncio.AbstractEventLoop, within: float) -> _Line:
        opening = loop.create_connection(lambda: _Line(loop, self._free), self._host, self._port)
        try:
            _, line = await asyncio.wait_for(opening, within)
        except OSError as error:
            raise aiohttp.ClientConnectionError(f"{type(error).__name__}: {error}") from error
        return line


class _Line(asyncio.Protocol):
    """One connection. It goes back among the free ones when an answer has come whole."""

    _transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop, free: list[_Line]) -> None:
        self._loop = loop
        self._free = free
        self._parser = httptools.HttpResponseParser(self)
        self._coming: asyncio.Future[Answer] | None = None  # while somebody waits for an answer
        self._expect()
        self.free_since = 0.0

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    async def exchange(self, request: bytes, until: float) -> Answer:
        coming = self._coming = self._loop.create_future()
        overdue = self._loop.call_at(until, self._fail, asyncio.TimeoutError("no answer in time"))
        self._expect()
        self._transport.write(request)
        try:
            return await coming
        finally:
            overdue.cancel()
            if self._coming is coming:  # given up: what still comes must not meet another call
                self.hang_up()

    def hang_up(self) -> None:
        self._coming = None
        self._transport.abort()

    def _expect(self) -> None:
        self._status, self._reason = 0, b""
        self._body: list[bytes] = []
        self._has_length = False  # else the answer ends where the connection does

    def _complete(self) -> None:
        coming, self._coming = self._coming, None
        if coming is not None and not coming.done():
            reason = self._reason.decode("latin-1")
            coming.set_result(Answer(self._status, reason, b"".join(self._body)))

    def _fail(self, error: Exception) -> None:
        coming = self._coming
        self.hang_up()
        if coming is not None and not coming.done():
            coming.set_exception(error)

    # Called by asyncio.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._coming is None:  # nobody asked
            self.hang_up()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(aiohttp.ClientPayloadError(f"not an HTTP answer: {type(error).__name__}"))

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._free:
            self._free.remove(self)
        if self._status and not self._has_length and error is None:
            self._complete()
        elif self._status:
            self._fail(aiohttp.ClientPayloadError("the answer was cut off"))
        else:
            self._fail(aiohttp.ServerDisconnectedError())

    # Called by httptools.

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() in {b"content-length", b"transfer-encoding"}:
            self._has_length = True

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        if self._status < 200:  # "go on" and the like: the answer is still to come
            self._expect()
        elif self._coming is None:  # a second answer to one call
            self.hang_up()
        elif self._parser.should_keep_alive():
            self._complete()
            self.free_since = self._loop.time()
            self._free.append(self)
        else:
            self._complete()
            self.hang_up()
