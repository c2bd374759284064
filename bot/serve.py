"""Rasa's workers: imported and loaded once, then a fork for each port.

    python -m bot.serve --model var/models/careline.tar.gz http://127.0.0.1:5005 http://127.0.0.1:5006

Importing Rasa and loading a model takes longer than anything else at the start, and half a
gigabyte; the forks share both. One that dies is forked anew, in a second instead of half a minute.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from bot import without_tensorflow

logger = logging.getLogger(__name__)

SOON = 2.0  # seconds; a worker that lives shorter is not forked again at once
_STOPS = (signal.SIGTERM, signal.SIGINT)
_AWAITED = (*_STOPS, signal.SIGCHLD, signal.SIGALRM)
STOP_WITHIN = 10.0  # seconds for the turns that are running
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Threads do not survive a fork, and small matrices do not gain from more.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
# Sanic would put together a line for each call, below the level of what is logged.
_NO_LINE_A_CALL = {"SANIC_ACCESS_LOG": "false"}

Serve = Callable[[str], None]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", required=True)
    options.add_argument("--endpoints", default="endpoints.yml")
    options.add_argument("--credentials", default="credentials.yml")
    options.add_argument("--pids", type=Path, help="folder for the workers' process numbers")
    options.add_argument("urls", nargs="+", help="one a worker")
    given = options.parse_args()
    serve = loaded(given.model, given.endpoints, given.credentials)
    gc.collect()
    gc.freeze()  # the collector would write into pages that the forks share
    sys.exit(Workers(given.urls, serve, given.pids).keep())


def loaded(model: str, endpoints: str, credentials: str) -> Serve:
    """Everything that workers have in common, and what is left for each of them to do."""
    os.environ.update(_ONE_THREAD | _NO_LINE_A_CALL)
    if without_tensorflow.is_enough_for(model):
        without_tensorflow.install()
    import rasa.core.run
    import rasa.telemetry
    from rasa.core.processor import MessageProcessor
    from rasa.core.utils import AvailableEndpoints

    log_without_words()
    read = MessageProcessor._load_model(model)

    def serve(url: str) -> None:
        MessageProcessor._load_model = staticmethod(lambda path: read)
        address = urlsplit(url)
        rasa.core.run.serve_application(
            model,
            interface=address.hostname or "127.0.0.1",
            port=address.port or 5005,
            credentials=credentials,
            endpoints=AvailableEndpoints.read_endpoints(endpoints),
            enable_api=False,
        )

    return serve


def log_without_words() -> None:
    """Warnings and errors alone: in what Rasa tells below that are the customers' own words.

    Until somebody says so it would tell everything: `rasa run` does, and we start without it.
    """
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    configure_logging_and_warnings(logging.WARNING)


class Workers:
    """Forks of this process, kept alive until it is told to stop."""

    def __init__(self, urls: list[str], serve: Serve, pids: Path | None) -> None:
        self._urls = urls
        self._serve = serve
        self._pids = pids
        self._running: dict[int, tuple[int, float]] = {}  # process -> place, started at
        self._is_stopping = False

    def keep(self) -> int:
        # Waited for, not handled: a handler that runs just before a call that blocks is not
        # heard of until that call returns.
        signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # else it may be thrown away unseen
        for place in range(len(self._urls)):
            self._fork(place)
        while self._running:
            came = signal.sigwait(_AWAITED)
            if came in _STOPS:
                self._stop()
            elif came == signal.SIGALRM:
                self._kill()
            else:
                self._bury()
        return 0

    def _bury(self) -> None:
        for process in [*self._running]:
            found, status = os.waitpid(process, os.WNOHANG)
            if not found:
                continue
            place, started = self._running.pop(process)
            if self._is_stopping:
                continue
            logger.error("worker %d ended (%d); starting it again", place + 1, status)
            time.sleep(max(0.0, SOON - (time.monotonic() - started)))
            self._fork(place)

    def _fork(self, place: int) -> None:
        parent, process = os.getpid(), os.fork()
        if process == 0:
            for signum in _AWAITED:
                signal.signal(signum, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _AWAITED)
            self._work(place, parent)
        self._running[process] = (place, time.monotonic())
        if self._pids is not None:
            _note(self._pids / f"rasa-{place + 1}.pid", process)

    def _work(self, place: int, parent: int) -> NoReturn:
        if sys.platform == "linux":  # a worker whose parent was killed outright goes too
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it was killed before we had said so
                os._exit(1)
        try:
            self._serve(self._urls[place])
        except BaseException:  # noqa: BLE001 - the fork ends here, whatever it is
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _stop(self) -> None:
        self._is_stopping = True
        signal.setitimer(signal.ITIMER_REAL, STOP_WITHIN)
        for process in self._running:
            os.kill(process, signal.SIGTERM)

    def _kill(self) -> None:
        for process in self._running:
            os.kill(process, signal.SIGKILL)


def _note(file: Path, process: int) -> None:
    """Whole or not at all, for whoever reads it at this moment."""
    fresh = file.with_suffix(".new")
    fresh.write_text(f"{process}\n")
    fresh.replace(file)


if __name__ == "__main__":
    main()
