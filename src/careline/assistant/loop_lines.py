"""Connections to Rasa's workers on an event loop, as `lines` has them for threads."""

import asyncio
import ssl
from typing import Any, cast

from careline.assistant.lines import (
    CONNECT_WITHIN,
    KEPT_OPEN,
    Line,
    Lines,
    NoReply,
    Reading,
    Reply,
    Unreachable,
)


class LoopLines:
    """All workers, asked on one event loop; see Lines."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._idle: dict[str, list[_Connection]] = {line.url: [] for line in lines.all}

    async def send(
        self, conversation: str, method: str, path: str, body: bytes | None, within: float
    ) -> Reply:
        """From the conversation's worker, or from the next when that takes no connection.

        Raises Unreachable when nothing was sent, TimeoutError when the answer was not whole
        `within` seconds, else OSError.
        """
        for line in self._lines.to_try(conversation):
            try:
                connection = await self._connection(line)
            except Unreachable as error:
                reason = error
                continue
            return await self._ask(line, connection, line.request(method, path, body), within)
        raise reason

    def close(self) -> None:
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    async def _connection(self, line: Line) -> "_Connection":
        idle = self._idle[line.url]
        while idle:
            kept = idle.pop()
            if kept.is_open:
                return kept
        return await _connected(line)

    async def _ask(
        self, line: Line, connection: "_Connection", request: bytes, within: float
    ) -> Reply:
        answered = connection.ask(request)
        given_up = connection.loop.call_later(within, _give_up, answered)
        try:
            reading = await answered
        except BaseException:
            connection.close()
            raise
        finally:
            given_up.cancel()
        idle = self._idle[line.url]
        if reading.keeps_open and len(idle) < KEPT_OPEN:
            idle.append(connection)
        else:
            connection.close()
        return reading.reply


class _Connection(asyncio.Protocol):
    """One question at a time."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.is_open = False
        self._transport: asyncio.Transport | None = None
        self._reading = Reading()
        self._answered: asyncio.Future[Reading] | None = None

    def ask(self, request: bytes) -> "asyncio.Future[Reading]":
        assert self._transport is not None
        self._reading = Reading()
        self._answered = self.loop.create_future()
        self._transport.write(request)
        return self._answered

    def close(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._answered is None or self._answered.done():  # nobody asked
            self.close()
            return
        try:
            self._reading.take(data)
        except NoReply as error:
            self._answered.set_exception(error)
            return
        if self._reading.is_whole:
            self._answered.set_result(self._reading)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if self._answered is None or self._answered.done():
            return
        if isinstance(error, OSError):
            self._answered.set_exception(error)
        else:
            self.data_received(b"")  # which is the end


async def _connected(line: Line) -> _Connection:
    options: dict[str, Any] = {}
    if line.is_secure:
        options = {"ssl": ssl.create_default_context(), "server_hostname": line.host}
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            _, connection = await asyncio.get_running_loop().create_connection(
                _Connection, line.host, line.port, **options
            )
    except OSError as error:  # a TimeoutError is one
        raise line.unreachable(error) from error
    return connection


def _give_up(answered: "asyncio.Future[Reading]") -> None:
    if not answered.done():
        answered.set_exception(TimeoutError("no whole answer in time"))
