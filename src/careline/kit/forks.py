"""Several processes forked from one loaded program, each with a part of the work, kept alive.

What was imported and read before the fork is there once, and in each of them. Nothing that
lives in threads, and no connection, may be made before it.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from careline.kit.logging import get_logger

log = get_logger("forks")

SOON = 2.0  # seconds; a part that lived shorter is not started again at once
STOP_WITHIN = 10.0  # seconds for all parts together, then they are killed
_STOPS = (signal.SIGTERM, signal.SIGINT)
_AWAITED = (*_STOPS, signal.SIGCHLD, signal.SIGALRM)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Part:
    name: str
    work: Callable[[], None]  # returns when SIGTERM has told it to end


class Forks:
    """Parts start in their order and end in the reverse of it: later ones use earlier ones."""

    def __init__(self, parts: Sequence[Part], pids: Path) -> None:
        self._parts = parts
        self._pids = pids
        self._running: dict[int, tuple[Part, float]] = {}  # process -> part, started at
        self._is_stopping = False

    def keep(self) -> None:
        """Until SIGTERM or SIGINT; a part that ends before is forked anew."""
        # Waited for, not handled: a handler that runs just before a call that blocks is not
        # heard of until that call returns.
        signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # else it may be thrown away unseen
        for part in self._parts:
            self._fork(part)
        while self._running:
            came = signal.sigwait(_AWAITED)
            if came in _STOPS and not self._is_stopping:
                self._is_stopping = True
                signal.setitimer(signal.ITIMER_REAL, STOP_WITHIN)
                self._end_the_last()
            elif came == signal.SIGALRM:
                self._kill()
            elif came == signal.SIGCHLD:
                self._bury()

    def _bury(self) -> None:
        for process in [*self._running]:
            found, status = os.waitpid(process, os.WNOHANG)
            if not found:
                continue
            part, started = self._running.pop(process)
            if self._is_stopping:
                self._end_the_last()
                continue
            log.error("part.ended", part=part.name, status=status)
            time.sleep(max(0.0, SOON - (time.monotonic() - started)))
            self._fork(part)

    def _fork(self, part: Part) -> None:
        parent, process = os.getpid(), os.fork()
        if process == 0:
            _work(part, parent)
        self._running[process] = (part, time.monotonic())
        _note(self._pids / f"{part.name}.pid", process)

    def _end_the_last(self) -> None:
        running = {part.name: process for process, (part, _) in self._running.items()}
        last = next((part.name for part in reversed(self._parts) if part.name in running), None)
        if last is not None:
            os.kill(running[last], signal.SIGTERM)

    def _kill(self) -> None:
        for process in self._running:
            os.kill(process, signal.SIGKILL)


def _work(part: Part, parent: int) -> NoReturn:
    # A group of its own: who stops the whole group reaches the parent, which knows the order.
    os.setpgid(0, 0)
    if sys.platform == "linux":  # killed outright, the parent takes its parts along
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    for signum in _AWAITED:
        signal.signal(signum, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _AWAITED)
    try:
        part.work()
    except BaseException as error:  # the fork ends here, whatever it is
        log.error("part.fault", part=part.name, exc_info=error)
        os._exit(1)
    os._exit(0)


def _note(file: Path, process: int) -> None:
    """Whole or not at all, for whoever reads it at this moment."""
    fresh = file.with_suffix(".new")
    fresh.write_text(f"{process}\n")
    fresh.replace(file)
