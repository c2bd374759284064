"""A tiny trained model, a Rasa server with our connector, and an action server that behaves.

Runs in the Rasa environment: .venv-rasa/bin/python -m pytest tests/bot
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
for name, value in {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}.items():
    os.environ.setdefault(name, value)

TOKEN = "a-token-for-tests"

DOMAIN = """
version: "3.1"
intents: [greet, wrong_item_received, thank_you, inform, order_status_or_delivery]
entities: [order_number, email, phone, amount, quantity, size, colour, rating, postcode]
# (date and person are left out: an entity the domain does not know must do no harm)
slots:
  counted:
    type: float
    mappings: [{type: custom}]
responses:
  utter_greet:
    - text: "Hello, what went wrong?"
      buttons: [{title: "A wrong item", payload: "/wrong_item_received"}]
    - text: "Good day, how can we help?"
      buttons: [{title: "A wrong item", payload: "/wrong_item_received"}]
  utter_ask: [{text: "Do you mean one of these?"}]
actions: [action_put_right, action_count]
session_config: {session_expiration_time: 0, carry_over_slots_to_new_session: true}
"""

RULES = """
version: "3.1"
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}]
  - rule: wrong item
    steps: [{intent: wrong_item_received}, {action: action_put_right}]
  - rule: thanks
    steps: [{intent: thank_you}, {action: action_count}]
  - rule: facts
    steps: [{intent: inform}, {action: action_count}]
  - rule: unsure
    steps: [{intent: nlu_fallback}, {action: utter_ask}]
"""

SENTENCES = {
    "greet": [
        "hi", "hello", "good morning", "hey there", "hello team", "hi, is somebody there",
        "good evening to you", "hey", "hiya", "morning all", "hello again", "greetings",
    ],
    "wrong_item_received": [
        "you sent me the wrong item", "this is not what I ordered", "I got socks, not shoes",
        "the parcel holds somebody else's things", "wrong colour came in the box",
        "received a different product", "I ordered boots and got slippers",
        "not my order, this is a lamp", "the box had a toaster in it instead of a kettle",
        "that's the wrong book", "you mixed up my order", "I was sent the wrong jacket",
    ],
    "order_status_or_delivery": [
        "where is my order", "when does my parcel come", "has my order shipped yet",
        "what is the state of my delivery", "when will the lamp be delivered",
        "can you track my parcel", "any news about my order", "is my package on its way",
        "how long until it gets here", "tell me where my boots are", "delivery date please",
        "has the parcel left your warehouse",
    ],
    "thank_you": [
        "thanks", "thank you so much", "cheers, that helps", "brilliant, thanks", "many thanks",
        "ta", "thank you for the help", "thanks a lot", "much appreciated", "great, thank you",
        "that was kind, thanks", "thx",
    ],
    "inform": [
        "it is order 10482", "10499", "my mail is anna@mail.example", "size 42", "the blue one",
        "it came yesterday", "order 12001", "number is 10777", "medium", "last tuesday",
        "my name is Anna Berg", "two of them",
    ],
}  # fmt: skip


@pytest.fixture(scope="session")
def sentences() -> dict[str, list[str]]:
    return SENTENCES


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained once per session with the project's own config.yml."""
    from rasa.model_training import train

    folder = tmp_path_factory.mktemp("project")
    (folder / "domain.yml").write_text(DOMAIN)
    (folder / "rules.yml").write_text(RULES)
    nlu = ['version: "3.1"', "nlu:"]
    for intent, examples in SENTENCES.items():
        nlu += [f"- intent: {intent}", "  examples: |", *(f"    - {e}" for e in examples)]
    (folder / "nlu.yml").write_text("\n".join(nlu) + "\n")
    trained = train(
        domain=str(folder / "domain.yml"),
        config=str(ROOT / "config.yml"),
        training_files=[str(folder / "nlu.yml"), str(folder / "rules.yml")],
        output=str(folder / "models"),
        fixed_model_name="tiny",
    )
    return Path(trained.model)


@dataclass
class ActionServer:
    """Answers action calls as told; remembers them."""

    url: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], tuple[int, Any]] = lambda call: (200, {})

    def behave(self) -> None:
        self.calls.clear()
        self.answer = well

    def names(self) -> list[str]:
        return [call["next_action"] for call in self.calls]


def well(call: dict[str, Any]) -> tuple[int, Any]:
    if call["next_action"] == "action_put_right":
        said = {
            "text": "Sorry, wrong item. Shall I send the right one?",
            "buttons": [{"title": "Yes", "payload": "/inform"}],
            "custom": {"card": {"order": "10482"}},
        }
        return 200, {"events": [], "responses": [said]}
    return 200, {"events": [], "responses": [{"text": f"Noted, {len(call['tracker']['events'])}"}]}


@pytest.fixture(scope="session")
def _action_server() -> Iterator[ActionServer]:
    state = ActionServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.calls.append(call)
            status, answer = state.answer(call)
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}/webhook"
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def actions(_action_server: ActionServer) -> ActionServer:
    _action_server.behave()
    return _action_server


class Server:
    """A running Rasa with our connector, called over HTTP as the application does."""

    def __init__(self, port: int, agent: Any) -> None:
        self.base = f"http://127.0.0.1:{port}/webhooks/careline"
        self.agent = agent

    def call(
        self, method: str, path: str, body: Any = None, token: str = TOKEN
    ) -> tuple[int, dict[str, Any]]:
        data = (
            body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        )
        request = urllib.request.Request(self.base + path, data, method=method)
        request.add_header("content-type", "application/json")
        request.add_header("authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def say(self, text: str, conversation: str, message_id: str | None = None, **more: Any):  # type: ignore[no-untyped-def]
        named = {"conversation": conversation, "message_id": message_id or uuid.uuid4().hex}
        return self.call("POST", "/webhook", {**named, "text": text, **more})

    def press(self, payload: str, conversation: str):  # type: ignore[no-untyped-def]
        named = {"conversation": conversation, "message_id": uuid.uuid4().hex}
        return self.call("POST", "/webhook", {**named, "payload": payload})


@pytest.fixture(scope="session")
def _running(
    model: Path, _action_server: ActionServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    from rasa.core.agent import load_agent
    from rasa.core.channels import channel
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.endpoints import EndpointConfig
    from sanic import Sanic

    from bot.connector import CarelineInput

    database = tmp_path_factory.mktemp("tracker") / "tracker.db"
    endpoints = AvailableEndpoints(
        action=EndpointConfig(_action_server.url),
        tracker_store=EndpointConfig(
            f"sqlite:///{database}", type="bot.tracker_store.CarelineTrackerStore"
        ),
        lock_store=EndpointConfig(type="bot.lock_store.CarelineLockStore"),
    )
    app = Sanic(f"bot_tests_{uuid.uuid4().hex[:8]}", configure_logging=False)
    channel.register([CarelineInput.from_credentials({"token": TOKEN})], app, route="/webhooks/")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    loop, up = asyncio.new_event_loop(), threading.Event()

    async def start() -> None:
        app.ctx.agent = await load_agent(model_path=str(model), endpoints=endpoints, loop=loop)
        server = await app.create_server(
            host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False
        )
        await server.startup()
        await server.start_serving()
        up.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert up.wait(120), "the test server did not start"
    yield Server(port, app.ctx.agent)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def server(_running: Server, actions: ActionServer) -> Server:
    return _running


@pytest.fixture
def conversation() -> str:
    return uuid.uuid4().hex
