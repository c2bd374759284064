"""Real processes for tests: Rasa with the trained model, and the app; logs kept, ended by pid."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from careline import training
from careline.bootstrap import build
from careline.kit.migrate import upgrade
from careline.kit.secrets import with_secrets
from careline.kit.settings import Settings
from careline.shops.seed import seed

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
START_WITHIN = 180  # seconds; Rasa's imports alone take half a minute on a busy machine
_pause = threading.Event().wait


def wait_until(look: Callable[[], T], *, within: float, what: str) -> T:
    """What `look` gives as soon as that is something; fails after so many seconds."""
    until = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > until:
            pytest.fail(f"waited {within:.0f} s for {what}")
        _pause(0.1)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A child process with its log; ended by its own pid, and only that."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], log: Path) -> None:
        self.name, self.log = name, log
        self._out = log.open("ab")
        self._popen = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=self._out, stderr=self._out, stdin=subprocess.DEVNULL
        )

    @property
    def is_up(self) -> bool:
        return self._popen.poll() is None

    def kill(self) -> None:
        """As `kill -9`: nothing is cleaned up."""
        self._popen.kill()
        self._popen.wait()
        self._out.close()

    def stop(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(20)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._out.close()

    def last_words(self, lines: int = 25) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def trained_settings() -> Settings:
    """The settings of this shell: where the trained model is. Fails if it is not there."""
    settings = Settings(home=ROOT)
    if training.trained(settings) is None:
        pytest.fail("There is no trained model: run `make train`.")
    return settings


class Bot:
    """A Rasa server; it calls its actions on one fixed port, where one app at a time serves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.actions_port = free_port(), free_port()
        self.token = "flows"
        self.process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        trained = trained_settings()
        settings = Settings(
            home=ROOT,
            state=self.folder,
            rasa_url=self.url,
            rasa_token=SecretStr(self.token),
            actions_port=self.actions_port,
            rasa_database_url="",
        )
        command = [
            str(training.rasa_python(settings)), "-m", "rasa", "run",
            "-m", str(training.model_path(trained).resolve()),
            "-p", str(self.port), "-i", "127.0.0.1",
            "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
        ]  # fmt: skip
        env = training.rasa_environment(settings)
        self.process = Process("rasa", command, env, self.folder / "rasa.log")
        self.wait()

    def wait(self) -> None:
        wait_until(self._answers, within=START_WITHIN, what="Rasa")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    def stop(self) -> None:
        if self.process is not None and self.process.is_up:
            self.process.stop()

    def _answers(self) -> bool:
        assert self.process is not None
        if not self.process.is_up:
            pytest.fail(f"Rasa ended:\n{self.process.last_words()}")
        return is_well(f"{self.url}/webhooks/careline/health", self.token)


@cache
def _client() -> httpx.Client:
    return httpx.Client(timeout=2, trust_env=False)


def is_well(url: str, token: str = "") -> bool:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = _client().get(url, headers=headers)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200


def app_settings(state: Path, bot: Bot, **more: str) -> Settings:
    """As environment variables give them; `more` are settings by name, as text."""
    values: dict[str, str] = {
        "home": str(ROOT),
        "state": str(state),
        "port": str(free_port()),
        "actions_port": str(bot.actions_port),
        "rasa_url": bot.url,
        "rasa_token": bot.token,
        "demo": "true",
        "chat_rate": "1000",
        "address_rate": "10000",
        "reply_within": "PT25S",  # generous: the machine may be busy with other things
    }
    return with_secrets(Settings.model_validate(values | more))


def make_seeded(state: Path) -> None:
    """A state folder with the demo shop and its record, to be copied for each module."""
    container = build(Settings(home=ROOT, state=state, demo=True))
    upgrade(container.database, ROOT / "migrations")
    container.shop.create()
    seed(container.shop_database, container.clock.now())
    container.close()


def copy_state(seeded: Path, to: Path) -> Path:
    return Path(shutil.copytree(seeded, to))


@contextmanager
def app_process(settings: Settings) -> Iterator[Process]:
    """`careline app`, up and healthy."""
    process = start_app(settings)
    try:
        yield process
    finally:
        if process.is_up:
            process.stop()


def start_app(settings: Settings) -> Process:
    env = {
        **os.environ,
        **{
            f"CARELINE_{name.upper()}": _as_text(settings, name)
            for name in settings.model_fields_set
            if not name.endswith("secret")  # those are in the state folder
        },
    }
    command = [sys.executable, "-m", "careline", "app"]
    settings.state.mkdir(parents=True, exist_ok=True)
    process = Process("app", command, env, settings.state / "app.log")

    def answers() -> bool:
        if not process.is_up:
            pytest.fail(f"The app ended:\n{process.last_words()}")
        return is_well(f"{settings.base_url}/livez")

    try:
        wait_until(answers, within=60, what="the app")
    except BaseException:
        process.kill()
        raise
    return process


def _as_text(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if hasattr(value, "total_seconds"):
        return f"PT{value.total_seconds():g}S"
    return str(value).lower() if isinstance(value, bool) else str(value)


def port_of(url: str) -> int:
    return urlsplit(url).port or 80
