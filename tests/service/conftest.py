"""One real record, one real shop, the shipped policies, and a few customers whom both know."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from careline.journey.models import Conversation, Customer
from careline.journey.words import CaseKind
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.kit.ids import new_id
from careline.service.facts import Request
from careline.service.help import HelpIndex
from careline.service.identity import ensure_customer
from careline.service.policies import Policies, load_policies
from careline.service.services import Services
from careline.shops.embedded import EmbeddedShop
from tests.service.market import Market, stock
from tests.shops.doubles import UnreliableShop

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # a Friday
HOME = Path(__file__).parents[2]


@dataclass
class House:
    """A service with everything behind it, and short words for what tests ask of it."""

    services: Services
    shop: UnreliableShop
    clock: FixedClock
    market: Market
    customer: str
    conversation: str

    def request(self, kind: CaseKind, line: str | None = None, **more: object) -> Request:
        request = Request(
            key=str(more.pop("key", new_id("req"))),
            kind=kind,
            customer_id=self.customer,
            conversation_id=self.conversation,
            order_number=line.split("-")[0] if line else None,
            line_id=line,
        )
        return replace(request, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def policies() -> Policies:
    return load_policies(HOME / "policies")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock, policies: Policies) -> Iterator[House]:
    built = build(tmp_path, clock, policies)
    yield built
    built.services.database.close()
    built.market.database.close()


@cache
def _blank() -> tuple[bytes, bytes]:
    """An empty record and a stocked shop, made once; every test has its own copy."""
    with tempfile.TemporaryDirectory() as folder:
        record = Database(f"sqlite:///{folder}/record.db")
        record.create_all()
        shop = Database(f"sqlite:///{folder}/shop.db")
        clock = FixedClock(NOW)
        embedded = EmbeddedShop(shop, clock)
        embedded.create()
        stock(Market(shop, embedded, clock))
        record.close()
        shop.close()
        return (Path(folder) / "record.db").read_bytes(), (Path(folder) / "shop.db").read_bytes()


def build(folder: Path, clock: FixedClock, policies: Policies) -> House:
    for name, content in zip(("record.db", "shop.db"), _blank(), strict=True):
        (folder / name).write_bytes(content)
    record = Database(f"sqlite:///{folder / 'record.db'}")
    shop_database = Database(f"sqlite:///{folder / 'shop.db'}")
    embedded = EmbeddedShop(shop_database, clock)
    market = Market(shop_database, embedded, clock)
    shop = UnreliableShop(embedded)
    services = Services(
        database=record,
        shop=shop,  # type: ignore[arg-type] # it passes every call on
        policies=policies,
        clock=clock,
        help=HelpIndex(HOME / "help"),
        secret="a secret of the tests",
    )
    person = embedded.customer("C1001")
    assert person is not None
    with record.begin() as session:
        customer = ensure_customer(session, person, clock.now()).id
        conversation = talk(session, customer, clock, verified_by="identity")
    return House(services, shop, clock, market, customer, conversation)


def talk(session, customer: str, clock: FixedClock, *, verified_by: str = "") -> str:  # type: ignore[no-untyped-def]
    made = Conversation(
        id=new_id("cnv"),
        customer_id=customer,
        channel="web",
        verified_by=verified_by,
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    session.add(made)
    return made.id


def visitor(session, clock: FixedClock) -> str:  # type: ignore[no-untyped-def]
    made = Customer(
        id=new_id("cus"), is_visitor=True, created_at=clock.now(), updated_at=clock.now()
    )
    session.add(made)
    session.flush()
    return made.id
