"""Workers are forks of one process: started again when they die, gone when it is told to stop.

What customers write is in none of their logs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import serve
from bot.serve import Workers

URLS = ["http://127.0.0.1:1", "http://127.0.0.1:2"]
WITHIN = 20.0  # seconds


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(serve, "SOON", 0.0)
    process = os.fork()
    if process == 0:
        os._exit(Workers(URLS, lambda url: signal.pause(), tmp_path).keep())
    return process


def worker(folder: Path, place: int, other_than: int = 0) -> int:
    """Its process, once it is there."""

    def there() -> int:
        file = folder / f"rasa-{place}.pid"
        found = int(file.read_text() or 0) if file.exists() else 0
        return found if found != other_than else 0

    return until(there)


def until(look: Callable[[], int]) -> int:
    """What it finds, as soon as it finds something; the processor is left to the others."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        if found := look():
            return found
        os.sched_yield()
    raise AssertionError("it did not come")


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_each_url_has_a_worker_and_stopping_ends_them_all(parent: int, tmp_path: Path) -> None:
    workers = [worker(tmp_path, 1), worker(tmp_path, 2)]
    os.kill(parent, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(parent, 0)[1]) == 0
    assert all(is_gone(one) for one in workers)


def test_a_worker_that_dies_is_started_again(parent: int, tmp_path: Path) -> None:
    first, second = worker(tmp_path, 1), worker(tmp_path, 2)
    os.kill(first, signal.SIGKILL)
    again = worker(tmp_path, 1, other_than=first)
    assert worker(tmp_path, 2) == second
    os.kill(parent, signal.SIGTERM)
    os.waitpid(parent, 0)
    assert is_gone(again)


def test_workers_go_with_a_parent_that_is_killed_outright(parent: int, tmp_path: Path) -> None:
    one = worker(tmp_path, 1)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert until(lambda: int(is_gone(one)))


_TOLD = """
from bot import serve, without_tensorflow

without_tensorflow.install()
serve.log_without_words()
from rasa.core.processor import structlogger

structlogger.debug("processor.message.parse", parse_data_text="my name is Ada")
structlogger.info("processor.slots.log", slot_values="Ada")
structlogger.warning("something.is_wrong")
"""


def test_what_customers_write_is_not_logged() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _TOLD], check=True, stdout=subprocess.PIPE, text=True
    )
    assert "Ada" not in told.stdout
    assert "something.is_wrong" in told.stdout
