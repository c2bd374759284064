"""Stock Rasa: the project that `rasa init` makes, SQL tracker store on SQLite, REST channel."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import processes
from bench.load import Conversation
from bench.web import Client

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
ENDPOINTS = "tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: tracker.db\n"
TALKS = (
    ("hello", "I am very sad", "yes", "bye"),
    ("good morning", "I am feeling very good", "bye bye"),
    ("hey there", "I'm so sad", "no", "are you a bot?"),
)


@dataclass(frozen=True)
class Running:
    name: str
    trained_in: float
    started_in: float
    process: subprocess.Popen[bytes]
    conversation: Conversation


def _environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_CACHE_DIRECTORY": str(folder / "cache"),
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
    }


def make(folder: Path) -> None:
    """A copy of what `rasa init` would put there."""
    code = "import rasa.cli, pathlib; print(pathlib.Path(rasa.cli.__file__).parent)"
    where = subprocess.run([PYTHON, "-c", code], check=True, capture_output=True, text=True)
    shutil.copytree(Path(where.stdout.split()[-1]) / "initial_project", folder)
    (folder / "endpoints.yml").write_text(ENDPOINTS)
    (folder / "credentials.yml").write_text("rest:\n")


def train(folder: Path) -> float:
    """Seconds."""
    started = time.perf_counter()
    with (folder / "train.log").open("wb") as log:
        subprocess.run(
            [PYTHON, "-m", "rasa", "train"], cwd=folder, env=_environment(folder),
            stdout=log, stderr=log, check=True,
        )  # fmt: skip
    return time.perf_counter() - started


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    make(folder)
    trained_in = train(folder)
    port, log = processes.free_port(), folder / "run.log"
    command = [str(PYTHON), "-m", "rasa", "run", "-p", str(port), "-i", "127.0.0.1"]
    client, env = Client(port), _environment(folder)
    with processes.running(command, folder=folder, env=env, log=log) as process:
        started_in = processes.wait_for_answer(
            process, lambda: _answers(client), seconds=240, log=log
        )
        yield Running(
            "stock Rasa", trained_in, started_in, process, lambda number: _talk(client, number)
        )


def _answers(client: Client) -> bool:
    try:
        return bool(_say(client, "first", "hello"))
    except OSError:
        return False


def _say(client: Client, sender: str, text: str) -> bool:
    answer = client.post("/webhooks/rest/webhook", {"sender": sender, "message": text})
    return answer.status == 200 and bool(answer.json())


def _talk(client: Client, number: int) -> Iterator[bool]:
    yield True  # there is nothing to open
    for text in TALKS[number % len(TALKS)]:
        yield _say(client, f"talk-{number}", text)
