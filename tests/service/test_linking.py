"""One person in two records: joined by what was proved, and split again with nothing lost."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.erasure import erase_customer
from careline.journey.export import export_customer
from careline.journey.joined import kept_for
from careline.journey.models import (
    Audit,
    Case,
    Consent,
    Conversation,
    Customer,
    Feedback,
    Goodwill,
    Identity,
    IdentityLink,
    MailLink,
    Note,
    Promise,
    Suggestion,
    Touch,
    TouchDecision,
    Touchpoint,
)
from careline.journey.repository import find_customer
from careline.journey.stage_spans import between
from careline.kit.database import Base, Database
from careline.kit.errors import NotFound
from careline.kit.ids import new_id
from careline.service import linking

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
KINDS: list[type[Any]] = [
    Identity, Conversation, Case, Touchpoint, Feedback, Promise, Goodwill, Suggestion, Note,
    Touch, TouchDecision, MailLink,
]  # fmt: skip


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'record.db'}")
        database.create_all()
        yield database
        database.close()


@dataclass
class World:
    """Some records, what was written for each, and whose each row is by right."""

    session: Session
    records: list[str] = field(default_factory=list)
    right: dict[tuple[str, str], str] = field(default_factory=dict)  # (table, id) → record
    orders: dict[str, str] = field(default_factory=dict)  # record → its latest order
    into: dict[str, tuple[str, str]] = field(default_factory=dict)  # record → (link, kept)
    minutes: int = 0

    @classmethod
    def of(cls, session: Session, size: int) -> "World":
        world = cls(session)
        for _ in range(size):
            record = new_id("cus")
            session.add(Customer(id=record, created_at=START, updated_at=START))
            session.flush()
            world.records.append(record)
            world.write(record, Identity, channel="whatsapp", address=_address(record))
            world.talk(record)
            world.order(record)
        return world

    @property
    def now(self) -> datetime:
        self.minutes += 1
        return START + timedelta(minutes=self.minutes)

    def person(self, record: str) -> str:
        while record in self.into:
            record = self.into[record][1]
        return record

    def write(self, record: str, kind: type[Any], **values: Any) -> str:
        """A row for whoever the record is now; by right it is the record's."""
        now = self.now
        row = kind(
            id=new_id("row"), customer_id=self.person(record), **(_needed(kind, now) | values)
        )
        if hasattr(kind, "created_at"):
            row.created_at = row.updated_at = now
        self.session.add(row)
        self.session.flush()
        self.right[kind.__tablename__, row.id] = record
        return str(row.id)

    def talk(self, record: str) -> None:
        """A conversation that begins by the record's own number."""
        self.by_address(record, Conversation, channel="whatsapp")

    def order(self, record: str) -> None:
        """The shop tells of a new order by the record's address, and later more about it."""
        number = self.orders[record] = f"O-{self.minutes}-{record[-12:]}"
        self.by_address(record, Touchpoint, order_number=number)
        self.write(record, Touchpoint, order_number=number)

    def by_address(self, record: str, kind: type[Any], **values: Any) -> None:
        came = {kind.__tablename__: {self.write(record, kind, **values)}}
        linking.came_by(self.session, self.now, self.person(record), _address(record), came)

    def conversation(self, record: str) -> str:
        return next(i for (t, i), of in self.right.items() if (t, of) == ("conversation", record))

    def happen(self, record: str, what: str) -> None:
        """Something of each kind that the service writes, in their conversation or about theirs."""
        order, here = self.orders[record], self.conversation(record)
        match what:
            case "talk":
                self.talk(record)
            case "order":
                self.order(record)
            case "visit":  # neither order nor conversation: by their address alone
                self.by_address(record, Touchpoint)
            case "trouble":
                case = self.write(record, Case, conversation_id=here, order_number=order)
                self.write(record, Promise, case_id=case)
                self.write(record, Suggestion, case_id=case)
                self.write(record, Goodwill, case_id=case)
                self.write(record, Touchpoint, conversation_id=here)
            case "by_staff":
                self.write(record, Case, order_number=order)
                self.write(record, Note, conversation_id=here)
                self.write(record, Promise, conversation_id=here)
            case "opinion":
                self.write(record, Feedback, conversation_id=here)
            case "touch":
                point = self.write(record, Touchpoint, order_number=order)
                touch = self.write(record, Touch, trigger=point)
                self.write(record, TouchDecision, touch_id=touch)
            case "said":
                touch = self.write(record, Touch, trigger="silence", conversation_id=here)
                self.write(record, TouchDecision, touch_id=touch)
                self.write(record, Goodwill, touch_id=touch)
                self.write(record, MailLink, conversation_id=here, touch_id=touch)

    def join(self, kept: str, joined: str) -> None:
        root = self.person(joined)
        if self.person(kept) == root:
            with_link = self.into.get(joined)
            if with_link is None or with_link[1] != kept:
                with pytest.raises(linking.NotTwoRecords):
                    linking.join(self.session, self.now, kept, joined, how="code", proof="x")
            return
        link = linking.join(self.session, self.now, kept, joined, how="code", proof="x")
        self.into[root] = (link.id, kept)

    def split(self, record: str) -> None:
        if record in self.into:
            link, _ = self.into.pop(record)
            linking.undo(self.session, self.now, link, by="lead:stf_1")

    def check(self) -> None:
        """Every row is there, and with the person whose it is."""
        self.session.flush()
        self.session.expire_all()
        owners: dict[tuple[str, str], str] = {}
        people = set(self.records)
        for kind in KINDS:
            rows = self.session.execute(
                select(kind.id, kind.customer_id).where(kind.customer_id.in_(people))
            )
            owners |= {(kind.__tablename__, row_id): owner for row_id, owner in rows}
        assert owners == {row: self.person(record) for row, record in self.right.items()}
        for record in self.records:
            assert kept_for(self.session, record) == self.person(record)


def _address(record: str) -> str:
    return f"+44 {record}"


def _needed(kind: type[Any], now: datetime) -> dict[str, Any]:
    """Values for the columns that must have one."""
    values: dict[str, Any] = {}
    for column in kind.__table__.columns:
        if column.nullable or column.default is not None or column.name in ("id", "customer_id"):
            continue
        python = getattr(column.type, "python_type", str)
        if "DateTime" in type(column.type).__name__:
            values[column.name] = now
        elif python.__name__ == "date":
            values[column.name] = now.date()
        elif python.__name__ in ("int", "Decimal"):
            values[column.name] = 1
        else:
            values[column.name] = new_id("key")[:40]
    return values


RECORD = st.integers(0, 3)
EVENTS = ["talk", "order", "visit", "trouble", "by_staff", "opinion", "touch", "said"]
STEP = st.one_of(
    st.tuples(st.just("happen"), RECORD, st.sampled_from(EVENTS)),
    st.tuples(st.just("join"), RECORD, RECORD),
    st.tuples(st.just("split"), RECORD, RECORD),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=3, max_size=14))
def test_whatever_follows_upon_what_each_row_is_with_its_person(
    database: Database, steps: list[tuple[str, int, Any]]
) -> None:
    with database.begin() as session:
        world = World.of(session, 4)
        for what, one, other in steps:
            record = world.records[one]
            if what == "happen":
                world.happen(record, other)
            elif what == "join":
                world.join(record, world.records[other])
            else:
                world.split(record)
            world.check()
        for record in world.records:
            world.split(record)
        world.check()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.begin() as session:
        yield session


@pytest.fixture
def world(session: Session) -> World:
    return World.of(session, 2)


def consent(world: World, record: str, state: str, purpose: str = "marketing") -> None:
    now = world.now
    world.session.add(
        Consent(
            id=new_id("cns"), customer_id=record, channel="*", purpose=purpose, state=state,
            given_at=now, created_at=now, updated_at=now,
        )
    )  # fmt: skip
    world.session.flush()


def states(world: World, record: str) -> dict[str, str]:
    rows = world.session.scalars(select(Consent).where(Consent.customer_id == record))
    return {row.purpose: row.state for row in rows}


def test_a_refusal_of_either_record_stands_for_both(world: World) -> None:
    kept, joined = world.records
    consent(world, kept, "given")
    consent(world, joined, "refused")
    consent(world, joined, "given", "research")
    world.join(kept, joined)
    assert states(world, kept) == {"marketing": "refused", "research": "given"}
    world.split(joined)
    assert states(world, kept) == {"marketing": "given"}
    assert states(world, joined) == {"marketing": "refused", "research": "given"}


def test_what_was_refused_while_they_were_one_both_have_refused(world: World) -> None:
    kept, joined = world.records
    world.join(kept, joined)
    consent(world, kept, "refused")
    world.split(joined)
    assert states(world, kept) == states(world, joined) == {"marketing": "refused"}


def test_the_same_join_twice_is_one_and_who_has_the_old_id_finds_the_person(world: World) -> None:
    kept, joined = world.records
    first = linking.join(world.session, world.now, kept, joined, how="code", proof="c")
    again = linking.join(world.session, world.now, kept, joined, how="code", proof="c")
    assert again.id == first.id
    found = find_customer(world.session, joined)
    assert found is not None
    assert found.id == kept
    linking.undo(world.session, world.now, first.id, by="lead:stf_1")
    with pytest.raises(linking.AlreadyUndone):
        linking.undo(world.session, world.now, first.id, by="lead:stf_1")


def test_a_record_that_left_a_chain_is_not_drawn_back_by_the_next_split(session: Session) -> None:
    world = World.of(session, 3)
    first, second, third = world.records
    world.join(second, first)
    world.join(third, second)
    world.split(first)
    world.join(third, first)
    world.split(second)
    world.check()


def test_who_joined_and_who_split_is_in_the_audit(world: World) -> None:
    kept, joined = world.records
    link = linking.join(world.session, world.now, kept, joined, how="code", proof="c")
    linking.undo(world.session, world.now, link.id, by="lead:stf_1")
    rows = world.session.scalars(
        select(Audit).where(Audit.subject == kept).order_by(Audit.at, Audit.id)
    )
    assert [(row.did, row.who) for row in rows] == [
        ("customer.joined", "careline"), ("customer.split", "lead:stf_1"),
    ]  # fmt: skip


def test_the_stage_is_derived_again_for_both(session: Session, world: World) -> None:
    kept, joined = world.records
    touchpoints.record(
        session, world.now, customer_id=joined, kind="order.placed", stage="purchase",
        actor="customer", channel="shop", summary="Placed an order", about={"order": "9"},
        source_id=new_id("evt"),
    )  # fmt: skip
    stages = lambda: [session.get_one(Customer, one).stage for one in (kept, joined)]  # noqa: E731
    spans = lambda: [len(between(session, one, None, None)) for one in (kept, joined)]  # noqa: E731
    assert (stages(), spans()) == (["awareness", "purchase"], [0, 2])  # one has no look yet
    link = linking.join(session, world.now, kept, joined, how="code", proof="c")
    assert (stages(), spans()) == (["purchase", "awareness"], [2, 0])
    linking.undo(session, world.now, link.id, by="lead:stf_1")
    assert (stages(), spans()) == (["awareness", "purchase"], [1, 2])


def test_an_account_that_names_an_address_has_what_was_known_of_it(world: World) -> None:
    kept, joined = world.records
    world.write(kept, Identity, channel="shop", address=f"C-{kept}")
    world.write(joined, Identity, channel="email", address=f"a-{joined}@b.example")
    customer = world.session.get_one(Customer, kept)
    link = linking.join_by_email(
        world.session, world.now, customer, f"a-{joined}@B.example", how="identity", proof="shop:1"
    )
    assert link is not None
    assert kept_for(world.session, joined) == kept


def test_two_accounts_of_the_shop_are_never_joined_by_an_address(world: World) -> None:
    kept, other = world.records
    for record in (kept, other):
        world.write(record, Identity, channel="shop", address=f"C-{record}")
    world.write(other, Identity, channel="email", address=f"a-{other}@b.example")
    customer = world.session.get_one(Customer, kept)
    assert not linking.join_by_email(
        world.session, world.now, customer, f"a-{other}@b.example", how="identity", proof="shop:1"
    )


def test_export_and_erasure_cover_the_person_and_not_who_was_split_off(session: Session) -> None:
    world = World.of(session, 3)
    kept, joined, former = world.records
    for record in world.records:
        world.happen(record, "trouble")
    world.join(kept, joined)
    world.join(kept, former)
    world.split(former)
    exported = export_customer(session, joined)
    assert {row["id"] for row in exported["customer"]} == {kept, joined}
    theirs = {i for (t, i), of in world.right.items() if t == "case" and of != former}
    assert {row["id"] for row in exported["case"]} == theirs
    erase_customer(session, joined, world.now)
    for gone in (kept, joined):
        with pytest.raises(NotFound):
            export_customer(session, gone)
    assert export_customer(session, former)["case"]
    left = select(IdentityLink.id).where(IdentityLink.joined_id == former)
    assert session.scalar(left) is None


def test_every_table_of_a_customers_is_moved(session: Session) -> None:
    """A new table with a customer goes over the day that it is added."""
    names = {table.name for table in Base.metadata.sorted_tables if "customer_id" in table.c}
    apart = {"identity_link", "consent", "one_time_code"}
    apart |= {"stage_span"}  # derived again for both
    assert names - apart <= {kind.__tablename__ for kind in KINDS}
