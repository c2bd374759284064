"""`careline run`: prepare everything, keep Rasa and the app alive, stop cleanly.

The processes are kept by supervisord, whose configuration is written into the state folder;
what it started is started again when it dies.
"""

import ctypes
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from careline.kit.errors import CarelineError
from careline.kit.settings import RASA_PORT, Settings
from careline.training import model_path, rasa_environment, rasa_python

START_WITHIN_SECONDS = 180  # Rasa's imports alone take half a minute on a slow machine
STOP_WITHIN_SECONDS = 25
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

Say = Callable[[str], None]


class PortTaken(CarelineError):
    """Something else listens there; stop it, or choose another port by the setting."""

    code = "port_taken"


class DidNotStart(CarelineError):
    """A process does not come up; its log says why."""

    code = "did_not_start"


def check_ports(settings: Settings) -> None:
    """Raises PortTaken, naming the port and the setting that moves it."""
    workers = [urlsplit(url) for url in settings.rasa_urls]
    wanted = (
        (settings.host, settings.port, "CARELINE_PORT"),
        (settings.actions_host, settings.actions_port, "CARELINE_ACTIONS_PORT"),
        *((w.hostname or "127.0.0.1", w.port or RASA_PORT, "CARELINE_RASA_URL") for w in workers),
    )
    for host, port, setting in wanted:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise PortTaken(
                    f"Port {port} on {host} cannot be used ({error.strerror}): stop what is "
                    f"using it, or choose another by {setting}."
                ) from error


def supervise(settings: Settings, say: Say, ready: Callable[[], None]) -> int:
    """Start all processes and keep them until we are told to stop; the exit code."""
    configuration = write_configuration(settings)
    daemon = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(configuration)],
        cwd=settings.home,
        env={**rasa_environment(settings), **_app_environment(settings)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches us alone; we stop the others in order
        preexec_fn=_die_with_parent,
    )
    stopping = False

    def stop(_signum: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    previous = {s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        came_up = _wait_until_healthy(settings, daemon, say, lambda: stopping)
        if came_up and not stopping:
            ready()
        while not stopping and daemon.poll() is None:
            time.sleep(0.2)
        return 0 if stopping else 1
    finally:
        say("Stopping …")
        _end(daemon)
        for signum, handler in previous.items():
            signal.signal(signum, handler)


def write_configuration(settings: Settings) -> Path:
    """supervisord's file: two programs, each with its log and the number of its process."""
    state = settings.state.resolve()
    for folder in ("log", "run"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    text = "\n".join(
        [
            "[supervisord]",
            "nodaemon=true",
            f"logfile={state}/log/supervisord.log",
            "logfile_maxbytes=1MB",
            f"pidfile={state}/run/supervisord.pid",
            f"childlogdir={state}/log",
            *(["user=root"] if os.geteuid() == 0 else []),
            "",
            *_program("rasa", rasa_command(settings), state, priority=1),
            *_program("app", [sys.executable, "-m", "careline", "app"], state, priority=2),
        ]
    )
    file = state / "supervisord.conf"
    file.write_text(text)
    return file


def rasa_command(settings: Settings) -> list[str]:
    """One process that is forked into a worker for each address."""
    return [
        str(rasa_python(settings)), "-m", "bot.serve",
        "--model", str(model_path(settings).resolve()),
        "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
        "--pids", str(settings.state.resolve() / "run"),
        *settings.rasa_urls,
    ]  # fmt: skip


def _program(name: str, command: list[str], state: Path, *, priority: int) -> list[str]:
    script = f"echo $$ > {shlex.quote(str(state / 'run' / f'{name}.pid'))}; exec " + shlex.join(
        command
    )
    line = shlex.join(["/bin/sh", "-c", script]).replace("%", "%%")
    return [
        f"[program:{name}]",
        f"command={line}",
        f"priority={priority}",
        "autorestart=true",
        "startsecs=2",
        "startretries=1000000",  # it waits longer from try to try, and never gives up
        "stopsignal=TERM",
        "stopwaitsecs=12",
        "stopasgroup=true",
        "killasgroup=true",
        f"stdout_logfile={state}/log/{name}.log",
        "stdout_logfile_maxbytes=5MB",
        "stdout_logfile_backups=3",
        "redirect_stderr=true",
        "",
    ]


def _app_environment(settings: Settings) -> dict[str, str]:
    """The settings as this process has them, for the app."""
    return {
        "CARELINE_HOME": str(settings.home.resolve()),
        "CARELINE_STATE": str(settings.state.resolve()),
        "CARELINE_DEMO": str(settings.demo).lower(),
    }


def _wait_until_healthy(
    settings: Settings,
    daemon: subprocess.Popen[bytes],
    say: Say,
    stopping: Callable[[], bool],
) -> bool:
    until = time.monotonic() + START_WITHIN_SECONDS
    seen: set[str] = set()
    with httpx.Client(trust_env=False, timeout=3) as client:
        while time.monotonic() < until and not stopping():
            if daemon.poll() is not None:
                raise DidNotStart(f"supervisord ended; see {settings.state}/log/supervisord.log")
            parts = _health(client, settings)
            for part in sorted(part for part, works in parts.items() if works is True):
                if part not in seen:
                    seen.add(part)
                    say(f"{part} is up")
            if {"record", "rasa", "actions"} <= seen:
                return True
            time.sleep(0.3)
    if stopping():
        return False
    raise DidNotStart(
        f"Not everything came up in {START_WITHIN_SECONDS} s; see {settings.state}/log/rasa.log "
        f"and {settings.state}/log/app.log."
    )


def _health(client: httpx.Client, settings: Settings) -> dict[str, object]:
    try:
        answer: dict[str, object] = client.get(
            f"http://{_reachable(settings.host)}:{settings.port}/healthz"
        ).json()
    except (httpx.HTTPError, ValueError):
        return {}
    return answer


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host


def _end(daemon: subprocess.Popen[bytes]) -> None:
    """supervisord stops its programs on TERM, and then itself."""
    if daemon.poll() is not None:
        return
    daemon.terminate()
    try:
        daemon.wait(STOP_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _die_with_parent() -> None:
    """On Linux: supervisord is told to stop if we are killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
