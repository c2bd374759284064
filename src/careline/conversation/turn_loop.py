"""The event loop where turns of ordinary messages run: the server's, or one of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from careline.conversation.faults import log_fault

Work = Callable[[], Coroutine[Any, Any, None]]


class TurnLoop:
    """Takes so many turns at a time, and tells who comes with one more.

    Nobody has to give it a loop: the first turn begins a thread with one. On the server's own loop
    no two threads want Python's lock for each turn; whoever gives that one says when it ends.
    """

    def __init__(self, most: int, at_the_end: Callable[[], None] = lambda: None) -> None:
        """`at_the_end` is called on the loop, after everything that ran there."""
        self._free = most
        self._at_the_end = at_the_end
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._is_adopted = False
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    def adopt(self) -> None:
        """Run turns on the loop that this is called on, which awaits `end` before it stops."""
        with self._lock:
            assert self._loop is None, "a turn ran before"
            self._loop, self._is_adopted = asyncio.get_running_loop(), True

    async def end(self) -> None:
        """On the loop: let what runs end, start none."""
        with self._lock:
            self._closed = True
        while self._running:
            await asyncio.wait(self._running)
        self._at_the_end()

    def start(self, work: Work) -> bool:
        """Run it soon; False, and nothing done, when full or closed.

        From any thread, or, where a loop was adopted, on that one.
        """
        with self._lock:
            if self._closed or self._free <= 0:
                return False
            self._free -= 1
            if self._loop is None:
                self._loop = uvloop.new_event_loop()
                self._thread = threading.Thread(
                    target=_run, args=(self._loop,), name="turns", daemon=True
                )
                self._thread.start()
            if not self._is_adopted:
                self._loop.call_soon_threadsafe(self._begin, work)
        if self._is_adopted:
            self._begin(work)
        return True

    def close(self) -> None:
        """End the loop that was begun here, if one was."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None or loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._end_own(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()

    def _begin(self, work: Work) -> None:
        task = asyncio.get_running_loop().create_task(work())
        self._running.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        with self._lock:
            self._free += 1
        log_fault(task)

    async def _end_own(self) -> None:
        await self.end()
        await asyncio.get_running_loop().shutdown_default_executor()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
