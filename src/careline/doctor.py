"""Look at every part of an installation and say what to do about those that are not well."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from careline import training
from careline.bootstrap import read_playbooks
from careline.kit.clock import SystemClock
from careline.kit.database import Database
from careline.kit.errors import CarelineError
from careline.kit.settings import Settings
from careline.service.policies import load_policies
from careline.shops.embedded import EmbeddedShop
from careline.touches.planning import set_aside

WIDGET = Path(__file__).parent / "channels" / "web" / "static" / "widget.js"
ROOM_WANTED = 500 * 1024 * 1024  # bytes; models, logs and the record grow


@dataclass(frozen=True)
class Finding:
    part: str
    well: bool
    words: str
    advice: str = ""


def examine(settings: Settings) -> list[Finding]:
    """One finding a part; nothing is changed."""
    looks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _state, _policies, _record, _planning, _shop, _help, _rasa_environment, _model, _widget,
        _processes,
    )  # fmt: skip
    return [finding for look in looks for finding in look(settings)]


def _state(settings: Settings) -> Iterator[Finding]:
    folder = settings.state
    free = shutil.disk_usage(folder if folder.exists() else settings.home).free
    yield Finding(
        "state folder",
        free > ROOM_WANTED,
        f"{folder.resolve()}, {free // 1024**2} MB free",
        "Make room on this disk, or set CARELINE_STATE to a folder on another one.",
    )


def _policies(settings: Settings) -> Iterator[Finding]:
    try:
        policies = load_policies(settings.home / "policies")
    except CarelineError as error:
        yield Finding("policies", False, str(error), "Correct the lines that are named.")
        return
    yield Finding("policies", True, "all can be read")
    try:
        playbooks = read_playbooks(settings, policies)
    except CarelineError as error:
        yield Finding("playbooks", False, str(error), "Correct the lines that are named.")
        return
    yield Finding("playbooks", True, f"{len(playbooks)} can be read")


def _record(settings: Settings) -> Iterator[Finding]:
    database = Database(settings.record_url)
    shown = database.url.render_as_string(hide_password=True)
    try:
        tables = inspect(database.engine).get_table_names()
    except SQLAlchemyError as error:
        yield Finding(
            "record", False, f"{shown}: {type(error).__name__}",
            "Start the database, or correct CARELINE_DATABASE_URL.",
        )  # fmt: skip
        return
    finally:
        database.close()
    yield Finding(
        "record", "alembic_version" in tables, f"{shown}, {len(tables)} tables",
        "It has no tables yet; `careline run` makes them.",
    )  # fmt: skip


def _planning(settings: Settings) -> Iterator[Finding]:
    database = Database(settings.record_url)
    try:
        with database.read() as session:
            waiting = set_aside(session)
    except SQLAlchemyError:
        return  # the record has a finding of its own
    finally:
        database.close()
    names = ", ".join(list(waiting)[:5])
    yield Finding(
        "planning", not waiting,
        f"{sum(waiting.values())} events set aside ({names})" if waiting else "nothing set aside",
        "The log says why (planning.fault); they are tried again each hour.",
    )  # fmt: skip


def _shop(settings: Settings) -> Iterator[Finding]:
    database = Database(settings.shop_url)
    try:
        empty = not inspect(database.engine).get_table_names() or (
            EmbeddedShop(database, SystemClock()).is_empty()
        )
    except SQLAlchemyError as error:
        yield Finding("shop", False, type(error).__name__, "Correct CARELINE_SHOP_DATABASE_URL.")
        return
    finally:
        database.close()
    yield Finding(
        "shop", not empty, "empty" if empty else "has customers and orders",
        "Fill it: `careline seed`, or `careline seed --csv FOLDER` with your own data.",
    )  # fmt: skip


def _help(settings: Settings) -> Iterator[Finding]:
    count = len(list((settings.home / "help").glob("*.md")))
    yield Finding(
        "help articles",
        count > 0,
        f"{count}",
        "Put Markdown files into help/; questions need them.",
    )


def _rasa_environment(settings: Settings) -> Iterator[Finding]:
    try:
        python = training.rasa_python(settings)
    except CarelineError as error:
        yield Finding("Rasa's Python", False, "missing", str(error))
        return
    yield Finding("Rasa's Python", True, str(python))


def _model(settings: Settings) -> Iterator[Finding]:
    known = training.trained(settings)
    if known is None:
        yield Finding("model", False, "none", "Run `careline train`.")
        return
    current = known.fingerprint == training.fingerprint(settings.home)
    yield Finding(
        "model", current, "up to date" if current else "older than the training data",
        "Run `careline train`; `careline run` does it too.",
    )  # fmt: skip


def _widget(settings: Settings) -> Iterator[Finding]:
    yield Finding(
        "widget", WIDGET.exists(), "built" if WIDGET.exists() else "not built",
        "Build it: `make widget`.",
    )  # fmt: skip


def _processes(settings: Settings) -> Iterator[Finding]:
    start = "Start them: `careline run`. Their words are in the log folder."
    try:
        health = httpx.get(f"{settings.base_url}/healthz", trust_env=False, timeout=5).json()
    except (httpx.HTTPError, ValueError):
        yield Finding("app", False, f"does not answer at {settings.base_url}", start)
        return
    yield from told_by(health, settings)


def told_by(health: dict[str, object], settings: Settings) -> Iterator[Finding]:
    """What the app's own words about its health mean."""
    start = "Start them: `careline run`. Their words are in the log folder."
    yield Finding("app", bool(health.get("record")), f"answers at {settings.base_url}", start)
    yield Finding("Rasa", bool(health.get("rasa")), ", ".join(settings.rasa_urls), start)
    if health.get("understands") == "less":
        yield Finding(
            "understanding", False, "degraded: by words alone, the sentence encoder is missing",
            "Restore bot/weights/encoder.onnx, run `make setup` for its packages, start again.",
        )  # fmt: skip
