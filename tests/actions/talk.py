"""Conversations with the real actions, services and shop, and the trained model's readings.

Without Rasa and without the app: what a rule starts and a form goes on with is done here, so
that a hundred conversations take seconds. What depends on Rasa itself is in tests/flows.
"""

import json
import re
import subprocess
import tarfile
from collections import Counter as Counted
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from string import Formatter
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker
from sqlalchemy import select, update

from careline import training
from careline.bootstrap import Container, build
from careline.channels import tokens
from careline.journey.models import Case, Conversation
from careline.kit.clock import Clock
from careline.kit.settings import Settings
from careline.service.unfinished import forget_left_open
from tests.customers.market import Visit, open_shop_for
from tests.flows.processes import ROOT, trained_settings
from tests.words import yaml

Json = dict[str, Any]
_ACTIONS_IN_A_TURN = 12
_BUTTON = re.compile(r"/(\w+)(\{.*\})?$", re.DOTALL)


class Reader:
    """The trained model's understanding of a text, from a process in Rasa's environment."""

    def __init__(self, folder: Path) -> None:
        settings = trained_settings()
        with tarfile.open(training.model_path(settings)) as packed:
            packed.extractall(folder, filter="data")
        command = [str(training.rasa_python(settings)), str(Path(__file__).with_name("reader.py"))]
        self._process = subprocess.Popen(
            [*command, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._known: dict[str, Json] = {}

    def read(self, text: str) -> Json:
        if text not in self._known:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(json.dumps(text) + "\n")
            self._process.stdin.flush()
            self._known[text] = json.loads(self._process.stdout.readline())
        return dict(self._known[text])

    def close(self) -> None:
        self._process.communicate()


@dataclass
class Counter:
    """A shop with the customers and orders of these visits, and the bot behind its counter."""

    container: Container
    reader: Reader
    _numbers: Iterator[int] = field(default_factory=count)
    _places: dict[str, int] = field(default_factory=Counted)

    def __post_init__(self) -> None:
        self.actions = {action.name(): action for action in self.container.actions()}

    def customer(self, ref: str) -> "Talk":
        secret = self.container.settings.identity_secret.get_secret_value()
        identity = tokens.identity_token(
            secret, ref, self.container.clock.now(), timedelta(minutes=30)
        )
        opened = self.container.web.opening.open(identity)
        return Talk(self, opened.conversation_id)

    def visitor(self) -> "Talk":
        return Talk(self, self.container.web.opening.open(None).conversation_id)

    def next_place(self, topic: str) -> int:
        """Of a customer of this topic with whom nobody has talked yet; see offers.visits."""
        self._places[topic] += 1
        return self._places[topic] - 1

    def forget_what_was_left_by(self, talk: "Talk") -> None:
        mine = Conversation.customer_id == talk.conversation.customer_id
        with self.container.database.begin() as session:
            session.execute(update(Conversation).where(mine).values(left_open_at=None))

    def next_id(self) -> str:
        return f"m{next(self._numbers)}"


@dataclass
class Talk:
    """One conversation. `says` and `presses` give back all that was answered."""

    counter: Counter
    id: str
    said: list[str] = field(default_factory=list)  # by the bot, in the last turn
    responses: list[str] = field(default_factory=list)  # of domain.yml, in the last turn
    buttons: list[Json] = field(default_factory=list)
    slots: Json = field(default_factory=dict)
    _form: str = ""

    def says(self, text: str) -> str:
        return self._turn(self.counter.reader.read(text))

    def presses(self, title: str) -> str:
        payload = next(b["payload"] for b in self.buttons if b["title"].startswith(title))
        found = _BUTTON.match(payload)
        assert found, payload
        entities = json.loads(found[2]) if found[2] else {}
        return self._turn(
            {
                "text": payload,
                "intent": {"name": found[1], "confidence": 1.0},
                "entities": [{"entity": k, "value": v} for k, v in entities.items()],
                "metadata": {},
            }
        )

    def sends_a_photo(self) -> str:
        intent = {"name": "inform", "confidence": 1.0}
        return self._turn({"text": "", "intent": intent, "metadata": {"attachments": ["a photo"]}})

    @property
    def titles(self) -> list[str]:
        return [button["title"] for button in self.buttons]

    @property
    def asked(self) -> str | None:
        """What the form waits for; None when no form is open."""
        slot: str | None = self.slots.get("requested_slot")
        return slot

    @property
    def task(self) -> Json:
        task: Json = self.slots.get("task") or {}
        return task

    @property
    def conversation(self) -> Conversation:
        with self.counter.container.database.read() as session:
            return session.get_one(Conversation, self.id)

    @property
    def mode(self) -> str:
        return str(self.conversation.mode)

    @property
    def handed_over(self) -> str:
        return str(self.conversation.handover_reason or "")

    def cases(self) -> list[Case]:
        with self.counter.container.database.read() as session:
            mine = select(Case).where(Case.conversation_id == self.id).order_by(Case.number)
            return list(session.scalars(mine))

    def settled(self) -> list[str]:
        """The resolutions given in this conversation, without those that a person has."""
        return [str(c.resolution) for c in self.cases() if str(c.state) != "handed_over"]

    def _turn(self, message: Json) -> str:
        message["message_id"] = self.counter.next_id()
        self.said, self.responses, self.buttons = [], [], []
        following: str | None = self._form or _rules().get(
            message["intent"]["name"], "utter_default"
        )
        for _ in range(_ACTIONS_IN_A_TURN):
            if following is None:
                break
            following = self._do(following, message)
        self._keep_what_is_open()
        return "\n".join(self.said)

    def _keep_what_is_open(self) -> None:
        """As the gateway does, by what the connector tells of Rasa's tracker."""
        container, task = self.counter.container, self.slots.get("task") if self._form else None
        with container.database.begin() as session:
            row = session.get_one(Conversation, self.id)
            waiting = self.slots.get("waiting_requests") or []
            row.left_open = {"task": task, "waiting": waiting} if task else None
            row.left_open_at = container.clock.now() if task else None
            if self.slots.get("taken_up") not in (None, self.id):
                forget_left_open(session, row.customer_id, self.slots["taken_up"])

    def _do(self, name: str, message: Json) -> str | None:
        if name.startswith("utter_"):
            self._utter({"response": name})
            return None
        if not name.endswith("_form"):
            return self._run(name, message)
        self._form = name
        self._run(f"validate_{name}", message)
        if self.slots.get("requested_slot") is not None:
            return None
        self._form = ""
        return f"action_settle_{name.removesuffix('_form')}"

    def _run(self, name: str, message: Json) -> str | None:
        said = CollectingDispatcher()
        loop = {"name": self._form} if self._form else {}
        slots = {"requested_slot": None, **self.slots}
        tracker = Tracker(self.id, slots, message, [], False, None, loop, name)
        events = self.counter.actions[name].handle(said, tracker)
        self.slots |= {e["name"]: e["value"] for e in events if e["event"] == "slot"}
        for answer in said.messages:
            self._utter(answer)
        return next((e["name"] for e in events if e["event"] == "followup"), None)

    def _utter(self, answer: Json) -> None:
        response = answer.get("response") or ""
        text = _responses()[response][0]["text"] if response else answer.get("text") or ""
        self.said.append(Formatter().vformat(text, (), _Facts(answer)))
        self.responses.append(response)
        self.buttons += answer.get("buttons") or []


class _Facts(dict[str, Any]):
    """A field that is not known stays as it stands, so that a test can see it."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@contextmanager
def open_counter(
    state: Path, visits: list[Visit], reader: Reader, clock: Clock | None = None
) -> Iterator[Counter]:
    open_shop_for(state, ROOT, visits, seed=1)
    container = build(Settings(home=ROOT, state=state, demo=True), clock)
    with closing(container):
        yield Counter(container, reader)


@cache
def _responses() -> Json:
    responses: Json = yaml("domain.yml")["responses"]
    return responses


@cache
def _rules() -> dict[str, str]:
    """Which action follows an intent out of nowhere."""
    found = {}
    for file in sorted((ROOT / "data" / "rules").glob("*.yml")):
        for rule in yaml(str(file))["rules"]:
            first, second = rule["steps"][:2]
            if "intent" in first and "action" in second:
                found[first["intent"]] = second["action"]
    return found
