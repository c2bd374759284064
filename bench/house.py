"""Careline itself: `careline run` in a state folder of its own, spoken to as a browser would."""

import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import processes
from bench.stock import ROOT, Running
from bench.web import Client
from careline.channels import tokens
from careline.kit.clock import SystemClock
from careline.kit.secrets import with_secrets
from careline.kit.settings import Settings

CARELINE = ROOT / ".venv" / "bin" / "careline"
FIRST_CUSTOMER, CUSTOMERS = 1001, 300  # of the demo shop
MOST_TURNS = 6
# What is said first; after that the first button is pressed, or "yes" said, as people do.
VISITORS = (
    ("hello", "how long does delivery take?", "thanks", "bye"),
    ("do you have gift cards?", "can I return shoes I have worn?", "thank you"),
)
CUSTOMERS_SAY = (
    "where is my order?",
    "you sent me the wrong item",
    "I'd like to return something",
    "when do I get my refund?",
    "my parcel hasn't arrived",
)


def _environment(state: Path, public: int, actions: int, rasa: list[int]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CARELINE_")}
    return {
        **kept,
        "CARELINE_STATE": str(state),
        "CARELINE_DEMO": "true",
        "CARELINE_PORT": str(public),
        "CARELINE_ACTIONS_PORT": str(actions),
        "CARELINE_RASA_URL": ",".join(f"http://127.0.0.1:{port}" for port in rasa),
        "CARELINE_CHAT_RATE": "1000000",
        "CARELINE_ADDRESS_RATE": "1000000",
        "CARELINE_LOG_LEVEL": "WARNING",
    }


@contextmanager
def running(state: Path) -> Iterator[Running]:
    state.mkdir(parents=True)
    public = processes.free_port()
    workers = [processes.free_port() for _ in Settings(rasa_url="").rasa_urls]
    env = _environment(state, public, processes.free_port(), workers)
    _careline(env, "seed")
    started = time.perf_counter()
    _careline(env, "train", "--force")
    trained_in = time.perf_counter() - started
    identities = Identities(state)
    log = state / "bench.log"
    client = Client(public)
    with processes.running([str(CARELINE), "run"], folder=ROOT, env=env, log=log) as process:
        started_in = processes.wait_for_answer(
            process, lambda: _answers(client), seconds=240, log=log
        )
        yield Running(
            "Careline",
            trained_in,
            started_in,
            process,
            lambda number: _talk(client, identities, number),
        )


class Identities:
    """What the shop's page would sign, one for each customer; made before anything is timed."""

    def __init__(self, state: Path) -> None:
        secret = with_secrets(Settings(state=state)).identity_secret.get_secret_value()
        now = SystemClock().now()
        numbers = range(FIRST_CUSTOMER, FIRST_CUSTOMER + CUSTOMERS)
        self._tokens = [tokens.identity_token(secret, f"C{number}", now) for number in numbers]

    def of(self, number: int) -> str:
        return self._tokens[number % len(self._tokens)]


def _careline(env: dict[str, str], *arguments: str) -> None:
    subprocess.run([CARELINE, *arguments], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)


def _answers(client: Client) -> bool:
    try:
        if client.get("/healthz").status != 200:
            return False
        talk = _Talk(client)
        return talk.say("hello")
    except (OSError, KeyError, NotOpened):
        return False


class NotOpened(RuntimeError):
    """The application answers, but gives no conversation."""


class _Talk:
    """One conversation, as the widget has it."""

    def __init__(self, client: Client, identity: str | None = None) -> None:
        self._client = client
        opened = client.post("/api/chat/sessions", {"identity": identity} if identity else {})
        if opened.status != 201:
            raise NotOpened(f"no conversation was opened: {opened.status}")
        self._headers = {"Authorization": f"Bearer {opened.json()['token']}"}
        self.buttons: list[dict[str, str]] = []
        self.mode = "bot"

    def say(self, text: str) -> bool:
        return self._post({"text": text})

    def press(self, button: dict[str, str]) -> bool:
        return self._post({"text": button["title"], "payload": button["payload"]})

    def _post(self, said: dict[str, Any]) -> bool:
        """True when the bot itself answered; an honest line that it is stuck does not count."""
        answer = self._client.post(
            "/api/chat/messages?wait=30", {"id": str(uuid.uuid4()), **said}, self._headers
        )
        if answer.status != 200:
            return False
        body = answer.json()
        self.mode = body["mode"]
        bot = [reply for reply in body["replies"] if reply["author"] == "bot"]
        self.buttons = [b for reply in bot for b in reply["buttons"]]
        return bool(bot)


def _talk(client: Client, identities: Identities, number: int) -> Iterator[bool]:
    if number % 3 == 0:
        return _visitor(client, VISITORS[number // 3 % len(VISITORS)])
    return _customer(client, identities.of(number), CUSTOMERS_SAY[number % len(CUSTOMERS_SAY)])


def _visitor(client: Client, lines: tuple[str, ...]) -> Iterator[bool]:
    talk = _Talk(client)
    yield True
    for line in lines:
        yield talk.say(line)


def _customer(client: Client, identity: str, first: str) -> Iterator[bool]:
    talk = _Talk(client, identity)
    yield True
    yield talk.say(first)
    for _ in range(MOST_TURNS - 2):
        if not talk.buttons or talk.mode != "bot":
            break
        yield talk.press(talk.buttons[0])
    if talk.mode == "bot":
        yield talk.say("thanks")
