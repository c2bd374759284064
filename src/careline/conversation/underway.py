"""A message on its way, as the one who sent it waits for it on the event loop."""

import asyncio
import threading
from typing import Any

from careline.conversation.receive import Received
from careline.conversation.turn import Finished


class Underway:
    """Told from wherever the turn runs how far the message has come; made on the loop that waits.

    Each telling wakes the loop, so it is told no more than somebody waits for.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._written: asyncio.Future[None] = self._loop.create_future()
        self._answered: asyncio.Future[Finished | None] = self._loop.create_future()
        self._lock = threading.Lock()
        self._received: Received | None = None
        self._is_awaited_in_writing = False

    async def written(self) -> Received:
        """Once the message is in the record; raises what kept it from being written."""
        with self._lock:
            self._is_awaited_in_writing = True
            received = self._received
        if received is None:
            await self._written
            received = self._received
            assert received is not None
        return received

    async def answered(self, seconds: float) -> Finished | None:
        """What its turn has written; None if it takes longer or is somebody else's to run.

        Raises what kept the message from being written.
        """
        given_up = self._loop.call_later(seconds, _settle, self._answered, None)
        try:
            return await self._answered
        finally:
            given_up.cancel()

    # From any thread

    def tell_written(self, received: Received) -> None:
        with self._lock:
            self._received = received
            is_awaited = self._is_awaited_in_writing
        if is_awaited:
            self._call(_settle, self._written, None)

    def tell_answered(self, finished: Finished | None) -> None:
        self._call(_settle, self._answered, finished)

    def tell_refused(self, error: Exception) -> None:
        self._call(_refuse, self._written, error)
        self._call(_refuse, self._answered, error)

    def _call(self, settle: object, *of: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(settle, *of)  # type: ignore[arg-type]


def _settle(future: "asyncio.Future[Any]", value: object) -> None:
    if not future.done():
        future.set_result(value)


def _refuse(future: "asyncio.Future[Any]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # seen: not both futures have somebody who waits
