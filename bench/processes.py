"""Processes that a bench starts: free ports, memory and processor time of a tree, a clean end."""

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

END_WITHIN_SECONDS = 40


class DidNotAnswer(RuntimeError):
    """What was started does not answer in time, or ended; its log is named in the message."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: list[str], *, folder: Path, env: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Started now, interrupted and waited for at the end."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield process
    finally:
        _end(process)


def wait_for_answer(
    process: subprocess.Popen[bytes], answers: Callable[[], bool], *, seconds: float, log: Path
) -> float:
    """Seconds from now until it answers."""
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        if process.poll() is not None:
            break
        if answers():
            return time.perf_counter() - started
        time.sleep(0.2)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
    raise DidNotAnswer(f"it does not answer; {log} ends with:\n{last}")


def tree(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def memory_mb(processes: list[psutil.Process]) -> float:
    """Memory together; of a page that several share each has its part."""
    return sum(one.memory_full_info().pss for one in processes) / 1024**2


def processor_seconds(processes: list[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (one.cpu_times() for one in processes))


def is_rasa(process: psutil.Process) -> bool:
    line = process.cmdline()
    return "bot.serve" in line or ("rasa" in line and "run" in line)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    everyone = tree(process)
    process.send_signal(signal.SIGINT)
    try:
        process.wait(END_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        for one in everyone:
            if one.is_running():
                one.kill()
        process.wait()
