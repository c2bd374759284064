"""A `careline run` of a bench's own: its state folder, its environment, its processes."""

import os
import shutil
import signal
from pathlib import Path

import httpx
import psutil

from careline import training
from careline.kit.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
CARELINE = ROOT / ".venv" / "bin" / "careline"


def copy_model(state: Path) -> None:
    """Of the usual state folder; when it is not current, `careline run` trains anew."""
    usual = training.model_path(Settings(home=ROOT)).parent
    if training.is_current(Settings(home=ROOT)):
        shutil.copytree(usual, state / "models")


def environment(state: Path, public: int, actions: int, rasa: list[int]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARELINE_")}
    return {
        **kept,
        "CARELINE_STATE": str(state),
        "CARELINE_DEMO": "true",
        "CARELINE_PORT": str(public),
        "CARELINE_ACTIONS_PORT": str(actions),
        "CARELINE_RASA_URL": ",".join(f"http://127.0.0.1:{port}" for port in rasa),
        "CARELINE_CHAT_RATE": "100000",
        "CARELINE_ADDRESS_RATE": "100000",
    }


def kill(state: Path, name: str) -> bool:
    """SIGKILL, by the pid that the supervisor's children write down; False between two lives."""
    try:
        pid = int((state / "run" / f"{name}.pid").read_text())
        if str(state) not in psutil.Process(pid).environ().get("CARELINE_STATE", ""):
            return False
        os.kill(pid, signal.SIGKILL)
    except (OSError, ValueError, psutil.Error):
        return False
    return True


def healthy(base: str) -> bool:
    """With Rasa."""
    return _answers(f"{base}/healthz")


def alive(base: str) -> bool:
    """The app alone."""
    return _answers(f"{base}/livez")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=3, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
