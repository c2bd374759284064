"""The demo shop as its customers and its staff see it, through the public interface only."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import select

from careline.channels import tokens
from careline.journey.words import Role
from careline.kit.database import Database
from careline.kit.settings import Settings
from careline.shops.models import CustomerRow, VariantRow
from tests.flows.processes import wait_until

Json = dict[str, Any]
WAIT = 30  # seconds; the longest that the interface waits for a turn


class Shop:
    """A running Careline: the customers' door, and the reading door for staff."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.client = httpx.Client(base_url=settings.base_url, timeout=60, trust_env=False)
        token = tokens.issue(
            settings.secret.get_secret_value(), Role.STAFF, "tests", _now(), timedelta(days=30)
        )
        self._staff = {"Authorization": f"Bearer {token}"}

    def customer(self, ref: str) -> "Customer":
        return Customer(self, ref)

    def visitor(self) -> "Chat":
        """Somebody of whom we know nothing."""
        return self.open_chat({})

    def open_chat(self, body: Json) -> "Chat":
        answer = self.client.post("/api/chat/sessions", json=body)
        assert answer.status_code == 201, answer.text
        return Chat(self, answer.json()["token"], answer.json()["conversation"])

    def reads(self, path: str, **params: Any) -> Any:
        """As a member of staff reads it."""
        answer = self.client.get(path, params=params, headers=self._staff)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def code_sent_to(self, address: str) -> str:
        """The one-time code in the newest e-mail to this address."""

        def newest() -> str:
            for email in self.client.get("/demo/outbox.json").json():
                digits = [w for w in _words(email["text"]) if len(w) == 6 and w.isdigit()]
                if email["to"] == address and digits:
                    return str(digits[0])
            return ""

        return wait_until(newest, within=15, what=f"an e-mail to {address}")

    def emails_to(self, address: str) -> list[Json]:
        sent: list[Json] = self.client.get("/demo/outbox.json").json()
        return [email for email in sent if email["to"] == address]

    def email_of(self, ref: str) -> str:
        """The address they ordered with, as the order system has it."""
        with closing(Database(self.settings.shop_url)) as database, database.read() as session:
            return session.get_one(CustomerRow, ref).email

    def sells_out(self, product: str, **options: str) -> None:
        """Others buy the last ones of this variant."""
        with closing(Database(self.settings.shop_url)) as database, database.begin() as session:
            for variant in session.scalars(select(VariantRow).where(VariantRow.product == product)):
                if options.items() <= variant.options.items():
                    variant.in_stock = 0

    def close(self) -> None:
        self.client.close()


@dataclass
class Customer:
    """A customer of the shop who is signed in on its page."""

    shop: Shop
    ref: str

    def opens_chat(self) -> "Chat":
        return self.shop.open_chat({"identity": self.identity()})

    def identity(self, at: datetime | None = None) -> str:
        """What the shop's page gives."""
        secret = self.shop.settings.identity_secret.get_secret_value()
        return tokens.identity_token(secret, self.ref, at or _now(), timedelta(minutes=30))

    def order(self, place: int = 0) -> Json:
        orders: list[Json] = self.shop.reads("/api/orders", customer=self.ref)
        return orders[place]

    def order_of(self, product: str) -> Json:
        orders: list[Json] = self.shop.reads("/api/orders", customer=self.ref)
        return next(o for o in orders for line in o["lines"] if line["product"] == product)

    def journey(self) -> Json:
        found: Json = self.shop.reads(f"/api/customers/{self.ref}/journey")
        return found

    def touchpoints(self) -> list[str]:
        return [touchpoint["kind"] for touchpoint in self.journey()["touchpoints"]]

    def cases(self) -> list[Json]:
        found: list[Json] = self.shop.reads("/api/cases", customer=self.ref)
        return found


@dataclass
class Chat:
    """One tab of the chat. `says` and `presses` give back all that was answered."""

    shop: Shop
    token: str
    id: str
    turns: int = 0
    mode: str = "bot"
    replies: list[Json] = field(default_factory=list)

    def says(self, text: str, **more: Any) -> str:
        return self._turn({"text": text} | more)

    def presses(self, title: str) -> str:
        """A button of the last answer, by its title or the beginning of it."""
        found = [b for b in self._buttons() if b["title"].startswith(title)]
        assert found, f"there is no button {title!r} among {self.buttons}"
        return self._turn({"payload": found[0]["payload"]})

    def sends(self, *files: bytes, text: str = "") -> str:
        ids = [self.upload(content).json()["id"] for content in files]
        return self._turn({"text": text, "attachments": ids} if text else {"attachments": ids})

    def post(self, wait: float | None = WAIT, **body: Any) -> httpx.Response:
        body.setdefault("id", str(uuid4()))
        return self.shop.client.post(
            "/api/chat/messages",
            json=body,
            headers=self.headers,
            params={} if wait is None else {"wait": wait},
        )

    def upload(self, content: bytes, name: str = "photo.jpg") -> httpx.Response:
        return self.shop.client.post(
            "/api/chat/attachments", files={"file": (name, content)}, headers=self.headers
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def buttons(self) -> list[str]:
        return [button["title"] for button in self._buttons()]

    @property
    def said(self) -> str:
        """The last answer."""
        return "\n".join(reply["text"] for reply in self.replies)

    def history(self) -> list[Json]:
        answer = self.shop.client.get("/api/chat/messages", headers=self.headers)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["messages"]
        return found

    def record(self) -> Json:
        """The conversation as staff see it."""
        found: Json = self.shop.reads(f"/api/conversations/{self.id}")
        return found

    def cases(self) -> list[Json]:
        """The cases of this conversation in full, oldest first."""
        customer = self.record()["customer"]
        listed = self.shop.reads("/api/cases", customer=customer)
        mine = [c["number"] for c in reversed(listed) if c["conversation"] == self.id]
        return [self.shop.reads(f"/api/cases/{number}") for number in mine]

    def case(self) -> Json:
        """The one case that this conversation led to; its number was said to the customer."""
        found = self.cases()
        assert len(found) == 1, f"{len(found)} cases: {found}"
        return found[0]

    def _turn(self, body: Json) -> str:
        answer = self.post(**body)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        self.turns += 1
        self.replies, self.mode = answer.json()["replies"], answer.json()["mode"]
        return self.said

    def _buttons(self) -> list[Json]:
        return [button for reply in self.replies for button in reply["buttons"]]


@contextmanager
def open_shop(settings: Settings) -> Iterator[Shop]:
    shop = Shop(settings)
    try:
        yield shop
    finally:
        shop.close()


def _words(text: str) -> list[str]:
    return text.replace(".", " ").replace(":", " ").split()


def _now() -> datetime:
    return datetime.now(UTC)
