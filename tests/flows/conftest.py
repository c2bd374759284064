"""One Rasa for all flows, the app anew for each module, and their last words when one fails."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.flows import processes
from tests.flows.chat import Shop, open_shop
from tests.flows.processes import Bot

_LOGS: dict[str, Path] = {}
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.rasa)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed and item.path.is_relative_to(_HERE):
        for name, log in _LOGS.items():
            if log.exists():
                lines = log.read_text(errors="replace").splitlines()[-25:]
                report.sections.append((f"log of {name}", "\n".join(lines)))


@pytest.fixture(scope="session")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Rasa with the trained model."""
    started = Bot(tmp_path_factory.mktemp("rasa"))
    _LOGS["Rasa"] = started.folder / "rasa.log"
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with the demo shop; copy it."""
    state = tmp_path_factory.mktemp("seeded") / "var"
    processes.make_seeded(state)
    return state


@pytest.fixture(scope="module")
def shop(bot: Bot, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The app with a fresh demo shop: each customer has their whole story before them."""
    state = processes.copy_state(seeded, tmp_path_factory.mktemp("app") / "var")
    settings = processes.app_settings(state, bot)
    _LOGS["the app"] = state / "app.log"
    with processes.app_process(settings), open_shop(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A small real JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (32, 24), (90, 120, 90)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def fresh_state(seeded: Path, tmp_path: Path) -> Path:
    """A state folder with the demo shop, for one test."""
    return processes.copy_state(seeded, tmp_path / "var")
