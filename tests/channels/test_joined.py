"""Head and body of an answer leave together; nothing waits longer than a step of the loop."""

import asyncio
from collections.abc import Callable
from typing import cast

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from careline.app import _server
from careline.channels.joined import LONGEST_WAITING, Joined
from tests import loops


class Line:
    """What was written, a piece each time."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.pieces.append(data)

    def close(self) -> None:
        self.is_closed = True

    def get_extra_info(self, _: str) -> None:
        return None

    def is_closing(self) -> bool:
        return self.is_closed


def written(use: Callable[[Joined], None]) -> Line:
    line = Line()

    async def run() -> None:
        use(Joined(cast(asyncio.Transport, line), asyncio.get_running_loop()))
        await asyncio.sleep(0)

    loops.run(run())
    return line


def test_what_is_written_in_one_step_leaves_in_one_piece() -> None:
    def answer(joined: Joined) -> None:
        joined.write(b"head")
        joined.write(b"body")

    assert written(answer).pieces == [b"headbody"]


def test_what_comes_later_leaves_later() -> None:
    line = Line()

    async def stream() -> None:
        joined = Joined(cast(asyncio.Transport, line), asyncio.get_running_loop())
        for piece in (b"one", b"two"):
            joined.write(piece)
            await asyncio.sleep(0)

    loops.run(stream())
    assert line.pieces == [b"one", b"two"]


def test_much_does_not_pile_up() -> None:
    piece = b"x" * (LONGEST_WAITING // 2 + 1)

    def answer(joined: Joined) -> None:
        for _ in range(4):
            joined.write(piece)

    assert written(answer).pieces == [piece * 2, piece * 2]


def test_what_was_written_leaves_before_the_end() -> None:
    def answer(joined: Joined) -> None:
        joined.write(b"last words")
        assert not joined.is_closing()
        joined.close()

    line = written(answer)
    assert line.pieces == [b"last words"]
    assert line.is_closed


def test_the_server_answers_so() -> None:
    line = Line()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse({"status": "ok"})(scope, receive, send)

    async def answer() -> None:
        config = _server(app, "127.0.0.1", 0).config
        config.load()
        protocol = config.http_protocol_class(  # type: ignore[operator]
            config=config, server_state=ServerState(), app_state={}
        )
        protocol.connection_made(line)
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n")
        while not line.pieces:
            await asyncio.sleep(0)
        protocol.connection_lost(None)

    loops.run(answer())
    (whole,) = line.pieces
    assert whole.startswith(b"HTTP/1.1 200")
    assert whole.endswith(b'{"status":"ok"}')
