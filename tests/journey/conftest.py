"""A record on a real SQLite file, a clock that stands still, and one customer in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from careline.journey.models import Customer
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.kit.ids import new_id

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    yield database
    database.close()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.begin() as session:
        yield session


@pytest.fixture
def customer(session: Session) -> Customer:
    return add_customer(session, "Ada Marlow")


def add_customer(session: Session, name: str) -> Customer:
    customer = Customer(id=new_id("cus"), name=name, created_at=START, updated_at=START)
    session.add(customer)
    session.flush()
    return customer
