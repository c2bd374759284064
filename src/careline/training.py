"""Train Rasa's model, when what it is trained from has changed."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from careline.kit.errors import CarelineError
from careline.kit.settings import Settings

MODEL = "careline"
# Rasa names the part it begins with; our own parts say more of theirs.
_BEGUN = re.compile(r"Starting to train component '(\w+)'")
_TOLD = re.compile(r"\bprogress: (.+)")
_PARTS = {
    "MemoizationPolicy": "stories",
    "RulePolicy": "rules",
    "IntentClassification": "what customers say",
}
_SOURCES = ("data/**/*.yml", "domain.yml", "domain/**/*.yml", "config.yml", "bot/**/*.py")


class TrainingFailed(CarelineError):
    """Rasa could not train; its last words are in the message, all of them in the log."""

    code = "training_failed"


class RasaMissing(CarelineError):
    """There is no Python 3.10 with Rasa where the settings say; run `make setup`."""

    code = "rasa_missing"


@dataclass(frozen=True)
class Trained:
    model: Path
    fingerprint: str  # of what it was trained from


def sources(home: Path) -> Iterator[Path]:
    for pattern in _SOURCES:
        yield from sorted(home.glob(pattern))


def fingerprint(home: Path) -> str:
    """Of all training data and of the code that runs inside Rasa, names included."""
    digest = hashlib.sha256()
    for path in sources(home):
        digest.update(str(path.relative_to(home)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def trained(settings: Settings) -> Trained | None:
    """The model that is there, whatever it was trained from."""
    note, model = _note(settings), model_path(settings)
    if not note.exists() or not model.exists():
        return None
    return Trained(model, json.loads(note.read_text())["fingerprint"])


def is_current(settings: Settings) -> bool:
    known = trained(settings)
    return known is not None and known.fingerprint == fingerprint(settings.home)


def train(settings: Settings, say: Callable[[str], None] = lambda _: None) -> Trained:
    """Train now, saying what is being done; raises RasaMissing or TrainingFailed."""
    wanted = fingerprint(settings.home)
    models = settings.state / "models"
    models.mkdir(parents=True, exist_ok=True)
    log = settings.state / "log" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        str(rasa_python(settings)), "-m", "rasa", "train",
        "--domain", "domain.yml", "--data", "data", "--config", "config.yml",
        "--out", str(models.resolve()), "--fixed-model-name", MODEL,
        "--skip-validation",  # `make test` validates, and says more
        "--augmentation", "0",  # stories glued together teach rules and memory nothing
    ]  # fmt: skip
    code = _run(command, settings, log, say)
    if code != 0 or not model_path(settings).exists():
        raise TrainingFailed(f"Rasa could not train (see {log}):\n" + "\n".join(_last_lines(log)))
    _note(settings).write_text(json.dumps({"fingerprint": wanted}))
    return Trained(model_path(settings), wanted)


def _run(command: list[str], settings: Settings, log: Path, say: Callable[[str], None]) -> int:
    """Everything goes to the log; the lines that tell of progress are said as well."""
    with (
        log.open("w") as out,
        subprocess.Popen(
            command,
            cwd=settings.home,
            env=rasa_environment(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as rasa,
    ):
        assert rasa.stdout is not None  # it is a pipe
        say("starting Rasa")
        for line in rasa.stdout:
            out.write(line)
            out.flush()
            if words := progress_in(line):
                say(words)
    return rasa.returncode


def progress_in(line: str) -> str:
    """What a line of Rasa's log tells somebody who waits; "" for most."""
    if begun := _BEGUN.search(line):
        return _PARTS.get(begun[1], begun[1])
    told = _TOLD.search(line)
    return told[1].strip() if told else ""


def model_path(settings: Settings) -> Path:
    return settings.state / "models" / f"{MODEL}.tar.gz"


def rasa_python(settings: Settings) -> Path:
    python = settings.rasa_python
    if not python.is_absolute():
        python = settings.home.resolve() / python
    if not python.exists():
        raise RasaMissing(f"There is no {python}; run `make setup`, or set CARELINE_RASA_PYTHON.")
    return python


def rasa_environment(settings: Settings) -> dict[str, str]:
    """What Rasa's processes are told; see endpoints.yml and credentials.yml."""
    state = settings.state.resolve()
    return {
        **os.environ,
        "PYTHONPATH": str(settings.home.resolve()),
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_CACHE_DIRECTORY": str(state / "rasa-cache"),
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CARELINE_RASA_TOKEN": settings.rasa_token.get_secret_value(),
        "CARELINE_ACTIONS_URL": f"http://{settings.actions_host}:{settings.actions_port}/webhook",
        "CARELINE_TRACKER_URL": settings.tracker_url,
    }


def _note(settings: Settings) -> Path:
    return settings.state / "models" / "trained.json"


def _last_lines(log: Path, count: int = 12) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-count:]
