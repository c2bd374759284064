"""Parts of one program: started again when they die, ended in order, gone with their parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

WITHIN = 20.0  # seconds
PROGRAM = """
import signal, sys
from pathlib import Path
from careline.kit import forks
from careline.kit.forks import Forks, Part

forks.SOON = 0.0
forks.STOP_WITHIN = float(sys.argv[2])
folder = Path(sys.argv[1])

def work(name):
    signal.signal(signal.SIGTERM, lambda *_: ended(name))
    (folder / f"{name}.ready").touch()
    while True:
        signal.pause()

def ended(name):
    if name == "stubborn":
        return
    with (folder / "ended").open("a") as file:
        file.write(name + " ")
    sys.exit(0)

def part(name):
    return Part(name, lambda: work(name))

Forks([part(name) for name in sys.argv[3:]], folder).keep()
"""


class Program:
    def __init__(self, folder: Path, *parts: str, stop_within: float = WITHIN) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), str(stop_within), *parts],
            stderr=subprocess.DEVNULL,
        )
        for name in parts:
            self.ready(name)

    def ready(self, name: str) -> None:
        until((self.folder / f"{name}.ready").exists)
        until((self.folder / f"{name}.pid").exists)  # noted by the parent, perhaps a little later

    def pid(self, name: str) -> int:
        return int((self.folder / f"{name}.pid").read_text())

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(WITHIN)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path, "kitchen", "counter")
    yield program
    if program.process.poll() is None:
        program.stop()


def until(look: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        if look():
            return
        os.sched_yield()
    raise AssertionError("it did not come")


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_what_others_use_ends_last(two: Program) -> None:
    assert two.stop() == 0
    assert (two.folder / "ended").read_text() == "counter kitchen "


def test_a_part_that_dies_is_started_again_and_the_other_stays(two: Program) -> None:
    first, counter = two.pid("kitchen"), two.pid("counter")
    (two.folder / "kitchen.ready").unlink()
    os.kill(first, signal.SIGKILL)
    two.ready("kitchen")
    until(lambda: two.pid("kitchen") != first)
    assert two.pid("counter") == counter
    assert two.stop() == 0
    assert (two.folder / "ended").read_text() == "counter kitchen "


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children only there")
def test_a_parent_that_is_killed_takes_its_parts_along(two: Program) -> None:
    parts = [two.pid("kitchen"), two.pid("counter")]
    two.process.kill()
    two.process.wait()
    until(lambda: all(is_gone(part) for part in parts))


def test_a_part_that_does_not_end_is_killed(tmp_path: Path) -> None:
    program = Program(tmp_path, "kitchen", "stubborn", stop_within=0.2)
    stubborn = program.pid("stubborn")
    assert program.stop() == 0
    assert is_gone(stubborn)
