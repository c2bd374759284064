"""Calls to the action server over kept connections, against servers of every temper."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot import kept_lines
from bot.kept_lines import Answer, KeptLines
from bot.remote_actions import KeptOpen

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PLENTY = 10.0  # seconds
Serve = Callable[["Line"], Awaitable[None]]


class Line:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.heads: list[str] = []

    async def call(self) -> bytes:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        return await self._reader.readexactly(int(head.lower().split("content-length: ")[1]))

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()
            await asyncio.sleep(0)  # the other end reads them one by one

    async def silence(self) -> None:
        """Until the other end hangs up."""
        await self._reader.read()


@contextlib.asynccontextmanager
async def served(serve: Serve) -> AsyncIterator[tuple[str, list[Line]]]:
    """The address of a server, and its lines in the order in which they were opened."""
    lines: list[Line] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(Line(reader, writer))
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await serve(lines[-1])
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhook", lines


async def well(line: Line) -> None:
    while True:
        await line.call()
        await line.send(OK)


def told(serve: Serve, calls: int = 1, within: float = PLENTY) -> tuple[list[Answer], int]:
    """The answers to calls one after the other, and how many connections they took."""

    async def talk() -> tuple[list[Answer], int]:
        async with served(serve) as (url, lines):
            kept = KeptLines(url, {})
            answers = [await kept.post(b"{}", within) for _ in range(calls)]
            kept.close()
            return answers, len(lines)

    return asyncio.run(talk())


def test_calls_share_one_connection():
    assert told(well, calls=3) == ([Answer(200, "OK", b"{}")] * 3, 1)


@pytest.mark.parametrize(
    "answer",
    [
        [b"HTTP/1.1 200 ", b"OK\r\nContent-", b"Length: 4\r\n", b"\r\n", b"{ ", b" }"],
        [CHUNKED + b"2\r\n{ \r\n", b"2\r\n }\r\n0\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{  }"],
    ],
    ids=["pieces", "chunks", "go on"],
)  # fmt: skip
def test_an_answer_in_parts_is_put_together_and_the_line_kept(answer):
    async def in_parts(line: Line) -> None:
        while True:
            await line.call()
            await line.send(*answer)

    assert told(in_parts, calls=2) == ([Answer(200, "OK", b"{  }")] * 2, 1)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\n\r\n{}",  # ends where the connection does
    ],
)
def test_a_server_that_closes_after_each_answer_is_called_on_a_new_line(answer):
    async def once(line: Line) -> None:
        await line.call()
        await line.send(answer)

    assert told(once, calls=2) == ([Answer(200, "OK", b"{}")] * 2, 2)


def test_a_line_that_the_server_closed_between_calls_is_not_used_again():
    async def talk() -> int:
        closed = asyncio.Event()

        async def once(line: Line) -> None:
            await line.call()
            await line.send(OK)
            await closed.wait()

        async with served(once) as (url, lines):
            kept = KeptLines(url, {})
            await kept.post(b"{}", PLENTY)
            [line] = kept._free
            closed.set()
            while line.is_open:
                await asyncio.sleep(0)
            await kept.post(b"{}", PLENTY)
            return len(lines)

    assert asyncio.run(talk()) == 2


def test_a_line_that_was_silent_for_long_is_not_trusted(monkeypatch):
    monkeypatch.setattr(kept_lines, "IDLE_AT_MOST", 0.0)
    assert told(well, calls=2)[1] == 2


def test_a_call_without_an_answer_is_not_made_twice():
    """The server may have acted on it."""
    heard: list[bytes] = []

    async def gone_after_hearing(line: Line) -> None:
        heard.append(await line.call())

    with pytest.raises(aiohttp.ServerDisconnectedError):
        told(gone_after_hearing)
    assert heard == [b"{}"]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{",
        CHUNKED + b"2\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ],
)
def test_half_an_answer_is_none(answer):
    async def half(line: Line) -> None:
        await line.call()
        await line.send(answer)

    with pytest.raises(aiohttp.ClientError):
        told(half)


def test_a_slow_server_is_given_up_and_its_late_answer_meets_nobody():
    async def talk() -> tuple[Answer, int]:
        async def slow(line: Line) -> None:
            if await line.call() == b"first":
                await line.silence()
            await line.send(OK)

        async with served(slow) as (url, lines):
            kept = KeptLines(url, {})
            with pytest.raises(asyncio.TimeoutError):
                await kept.post(b"first", within=0.01)
            return await kept.post(b"second", PLENTY), len(lines)

    assert asyncio.run(talk()) == (Answer(200, "OK", b"{}"), 2)


def test_a_call_that_is_given_up_closes_its_line():
    async def talk() -> int:
        heard = asyncio.Event()

        async def silent(line: Line) -> None:
            await line.call()
            heard.set()
            await line.silence()
            hung_up.set()

        hung_up = asyncio.Event()
        async with served(silent) as (url, _):
            kept = KeptLines(url, {})
            call = asyncio.ensure_future(kept.post(b"{}", PLENTY))
            await heard.wait()
            call.cancel()
            await asyncio.wait_for(hung_up.wait(), PLENTY)
            return len(kept._free)

    assert asyncio.run(talk()) == 0


def test_calls_at_the_same_time_get_their_own_answers():
    """A line is taken by the next call before the one whose answer freed it has run on."""

    async def echo(line: Line) -> None:
        while True:
            said = await line.call()
            await line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said))

    async def talk() -> tuple[list[bytes], int]:
        async with served(echo) as (url, lines):
            kept = KeptLines(url, {})

            wrong: list[bytes] = []

            async def caller(name: int) -> None:
                for turn in range(50):
                    said = b"%d of %d" % (turn, name)
                    if (await kept.post(said, PLENTY)).body != said:
                        wrong.append(said)

            await asyncio.wait_for(asyncio.gather(*map(caller, range(8))), PLENTY)
            kept.close()
            return wrong, len(lines)

    wrong, lines = asyncio.run(talk())
    assert wrong == []
    assert lines <= 8


def test_a_second_answer_to_one_call_ends_the_line():
    async def twice(line: Line) -> None:
        while True:
            await line.call()
            await line.send(OK + OK)

    assert told(twice, calls=2) == ([Answer(200, "OK", b"{}")] * 2, 2)


def test_nobody_there(unused_address):
    with pytest.raises(aiohttp.ClientConnectionError):
        asyncio.run(KeptLines(unused_address, {}).post(b"{}", PLENTY))


@pytest.fixture
def unused_address() -> str:
    async def closed() -> str:
        async with served(well) as (url, _):
            return url

    return asyncio.run(closed())


def endpoint_heads(**given: Any) -> list[str]:
    """What a call through the endpoint sends ahead of its body."""

    async def talk() -> list[str]:
        async with served(well) as (url, lines):
            endpoint = KeptOpen.like(EndpointConfig(url, **given))
            assert await endpoint.request(json={}) == {}
            await endpoint.close()
            return lines[0].heads

    return asyncio.run(talk())


def test_the_endpoint_sends_what_endpoints_yml_says():
    [head] = endpoint_heads(
        params={"shop": "a b"},
        headers={"X-Shop": "north"},
        token="secret&more",
        basic_auth={"username": "rasa", "password": "pass"},
    )
    first, *headers = head.strip().split("\r\n")
    assert first == "POST /webhook?shop=a+b&token=secret%26more HTTP/1.1"
    assert {
        "Content-Type: application/json",
        "X-Shop: north",
        "Authorization: Basic cmFzYTpwYXNz",
    } <= set(headers)


def test_a_call_that_rasa_makes_otherwise_is_left_to_rasa():
    """Compressed by its setting: sent, and answered, as Rasa does it."""

    async def talk() -> tuple[Any, str]:
        heads: list[str] = []

        async def compressed(line: Line) -> None:
            heads.append((await line._reader.readuntil(b"\r\n\r\n")).decode())
            await line._reader.readuntil(b"\r\n0\r\n\r\n")
            await line.send(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            )

        async with served(compressed) as (url, _):
            return await KeptOpen(url).request(json={}, compress=True), heads[0]

    answer, head = asyncio.run(talk())
    assert answer == {}
    assert "Content-Encoding: deflate" in head


def run_action(answer: bytes) -> Any:
    async def talk() -> Any:
        async def say(line: Line) -> None:
            await line.call()
            await line.send(answer)

        async with served(say) as (url, _):
            action = RemoteAction("action_any", KeptOpen(url))
            action._action_call_format = lambda *_: {"next_action": "action_any"}
            return await action.run(None, None, None, None)

    return asyncio.run(talk())


def with_status(status: str, body: bytes = b"{}") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(body), body)


def test_an_action_that_declines_is_understood():
    declined = b'{"action_name": "action_any", "error": "not for me"}'
    with pytest.raises(ActionExecutionRejection, match="not for me"):
        run_action(with_status("400 Bad Request", declined))


@pytest.mark.parametrize("status", ["500 Broken", "404 Not Found", "307 Elsewhere"])
def test_an_action_with_another_status_has_failed(status):
    with pytest.raises(RasaException, match="action_any"):
        run_action(with_status(status))


def test_the_status_and_the_body_are_in_the_error():
    async def talk() -> None:
        async def say(line: Line) -> None:
            await line.call()
            await line.send(with_status("503 Busy", b"later"))

        async with served(say) as (url, _):
            await KeptOpen(url).request(json={})

    with pytest.raises(ClientResponseError) as failed:
        asyncio.run(talk())
    assert (failed.value.status, failed.value.message, failed.value.text) == (503, "Busy", b"later")


def test_a_body_that_is_no_json_is_an_error():
    with pytest.raises(ValueError, match="Expecting value"):
        run_action(with_status("200 OK", b"<html>"))


def test_half_characters_of_a_customer_are_sent():
    async def talk() -> Any:
        async def echo(line: Line) -> None:
            await line.send(with_status("200 OK", await line.call()))

        async with served(echo) as (url, _):
            return await KeptOpen(url).request(json={"text": "\ud800"})

    assert asyncio.run(talk()) == {"text": "\ud800"}
