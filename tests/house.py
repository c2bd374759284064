"""The app with real parts (SQLite in a file, the real policies) and a connector that behaves."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient

from careline.app import create_app
from careline.bootstrap import Container, build, read_playbooks
from careline.journey.models import Conversation, Message
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.kit.settings import Settings
from careline.service.policies import Policies, load_policies
from careline.shops.embedded import EmbeddedShop
from careline.touches.loading import Playbooks
from tests.assistant.fake_rasa import FakeRasa, fake_rasa
from tests.services import ON_POSTGRES, postgres_schema

ROOT = Path(__file__).parent.parent
RECORD = os.environ.get("CARELINE_TEST_RECORD", "sqlite")  # "postgres": all houses stand there
RECORD_FILE, SHOP_FILE = "careline.db", "shop.db"  # where Settings looks for them
FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # a working day, in opening hours


def settings(state: Path, rasa_url: str, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "home": ROOT,
        "state": state,
        "rasa_url": rasa_url,
        "rasa_token": SecretStr("test"),
        "demo": True,
        "chat_rate": 1000,
        "address_rate": 10_000,
        "reply_within": timedelta(seconds=5),
    }
    return Settings(**(values | more))


@dataclass
class House:
    container: Container
    rasa: FakeRasa
    clock: FixedClock
    client: TestClient

    def chat(self, identity: str | None = None) -> "Chat":
        body = {"identity": identity} if identity else {}
        answer = self.client.post("/api/chat/sessions", json=body)
        assert answer.status_code == 201, answer.text
        return Chat(self, answer.json()["token"], answer.json()["conversation"])

    def messages(self, conversation: str) -> list[Message]:
        with self.container.database.read() as session:
            return list(
                session.scalars(
                    select(Message)
                    .where(Message.conversation_id == conversation)
                    .order_by(Message.position)
                )
            )

    def conversation(self, conversation_id: str) -> Conversation:
        with self.container.database.read() as session:
            return session.get_one(Conversation, conversation_id)

    def sweep(self) -> None:
        """What the background does each second, done before this returns."""
        turns = self.container.turns
        for conversation_id in turns.due():
            while turns.run_next(conversation_id):
                pass
        turns.reassure_late()


@dataclass
class Chat:
    """A customer's tab."""

    house: House
    token: str
    id: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, wait: float | None = 10, **body: Any) -> Any:
        body.setdefault("id", str(uuid4()))
        params = {} if wait is None else {"wait": wait}
        return self.house.client.post(
            "/api/chat/messages", json=body, headers=self.headers, params=params
        )

    def say(self, text: str, **more: Any) -> dict[str, Any]:
        """Send and wait for the answer."""
        answer = self.post(text=text, **more)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def history(self) -> list[dict[str, Any]]:
        answer = self.house.client.get("/api/chat/messages", headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def upload(self, content: bytes, name: str = "photo.jpg") -> Any:
        return self.house.client.post(
            "/api/chat/attachments", files={"file": (name, content)}, headers=self.headers
        )


@cache
def _rules() -> tuple[Policies, Playbooks]:
    """Read and checked once; nobody changes them."""
    policies = load_policies(ROOT / "policies")
    return policies, read_playbooks(Settings(home=ROOT), policies)


@cache
def _blank() -> dict[str, bytes]:
    """A record and a shop with nothing in them, by file name; every house has its own copy."""
    with tempfile.TemporaryDirectory() as folder:
        record = Database(f"sqlite:///{folder}/{RECORD_FILE}")
        record.create_all()
        shop = Database(f"sqlite:///{folder}/{SHOP_FILE}")
        EmbeddedShop(shop, FixedClock(FRIDAY)).create()
        record.close()
        shop.close()
        return {name: (Path(folder) / name).read_bytes() for name in (RECORD_FILE, SHOP_FILE)}


@contextmanager
def open_house(state: Path, *, on: str = RECORD, **more: Any) -> Iterator[House]:
    """The record is a SQLite file in `state`, or with `on="postgres"` a schema of its own."""
    with ExitStack() as stack:
        rasa = stack.enter_context(fake_rasa())
        if on == ON_POSTGRES:
            more.setdefault("database_url", stack.enter_context(postgres_schema()))
        clock = FixedClock(FRIDAY)
        rasa_url = more.pop("rasa_url", rasa.url)
        policies, playbooks = _rules()
        state.mkdir(parents=True, exist_ok=True)
        for name, content in _blank().items():
            (state / name).write_bytes(content)
        made = settings(state, rasa_url, **more)
        container = build(made, clock, policies=policies, playbooks=playbooks)
        if made.database_url:
            container.database.create_all()
        client = TestClient(create_app(container), raise_server_exceptions=False)
        try:
            yield House(container, rasa, clock, client)
        finally:
            client.close()
            container.close()
