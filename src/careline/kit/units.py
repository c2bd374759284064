"""Units of work asked for on an event loop, one after the other on the loop's own thread.

SQLite takes one writer at a time anyway. With a thread for each unit these threads fought for
Python's lock at every statement, and whoever had the record waited for it the longest. A database
that takes several writers gets a thread for each.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from careline.kit.database import BUSY_TIMEOUT_SECONDS, Database

THREADS = 16  # for a database that takes several writers
AT_A_TIME = 16  # units, before other processes get their turn

T = TypeVar("T")
Work = Callable[[Session], T]


class Units:
    """For one event loop."""

    def __init__(self, database: Database, busy_seconds: float = BUSY_TIMEOUT_SECONDS) -> None:
        """`busy_seconds`: so long other writers are waited for before SQLite is asked itself."""
        self._database = database
        self._busy_seconds = busy_seconds
        self._asked: deque[tuple[Work[Any], asyncio.Future[Any]]] = deque()
        self._waiting: asyncio.TimerHandle | None = None  # gives up on the other writers
        self._waiter = ThreadPoolExecutor(1, thread_name_prefix="record-waiter")
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="record-writer")

    async def run(self, work: Work[T]) -> T:
        """What `work` gives back, once it is committed. It may not wait for anything itself.

        Raises what `work` raises, and OperationalError when others keep the database too long.
        """
        loop = asyncio.get_running_loop()
        if not self._database.takes_one_writer:
            return await loop.run_in_executor(self._threads, _run, self._database.begin, work)
        if self._waiting is None and self._database.enter(wait=False):
            try:
                return _run(self._database.inside, work)
            finally:
                self._database.leave()
        done: asyncio.Future[T] = loop.create_future()
        self._asked.append((work, done))
        if self._waiting is None:
            self._wait(loop)
        return await done

    def close(self) -> None:
        self._waiter.shutdown()
        self._threads.shutdown()

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        self._waiting = loop.call_later(self._busy_seconds, self._ask_sqlite, loop)

        def wait() -> None:
            is_in = False
            with contextlib.suppress(OSError):  # no locks there: SQLite will say so itself
                is_in = self._database.enter()
            try:
                loop.call_soon_threadsafe(self._go_on, loop, is_in)
            except RuntimeError:  # the loop is closed
                if is_in:
                    self._database.leave()

        self._waiter.submit(wait)

    def _go_on(self, loop: asyncio.AbstractEventLoop, is_in: bool) -> None:
        """Whatever has been asked meanwhile, each in a transaction of its own."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if not is_in:
            self._ask_sqlite(loop)
            return
        try:
            for _ in range(min(AT_A_TIME, len(self._asked))):
                work, done = self._asked.popleft()
                _settle(done, lambda work=work: _run(self._database.inside, work))  # type: ignore[misc] # called now
        finally:
            self._database.leave()
        if self._asked:
            self._wait(loop)

    def _ask_sqlite(self, loop: asyncio.AbstractEventLoop) -> None:
        """Others have been inside for too long: threads wait for SQLite, which says so in time.

        The thread that waits for them goes on to; what is asked from now on has its own time.
        """
        while self._asked:
            work, done = self._asked.popleft()
            running = loop.run_in_executor(self._threads, _run, self._database.inside, work)
            running.add_done_callback(lambda ran, done=done: _settle(done, ran.result))  # type: ignore[misc] # bound now
        if self._waiting is not None:
            self._waiting = loop.call_later(self._busy_seconds, self._ask_sqlite, loop)


def _run(begin: Callable[[], AbstractContextManager[Session]], work: Work[T]) -> T:
    with begin() as session:
        return work(session)


def _settle(done: "asyncio.Future[Any]", given: Callable[[], Any]) -> None:
    try:
        result = given()
    except Exception as error:  # noqa: BLE001 - it is raised where somebody waits
        if not done.done():
            done.set_exception(error)
    else:
        if not done.done():
            done.set_result(result)
