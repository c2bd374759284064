"""A small shop on a real database: SQLite in a file, or PostgreSQL where there is one."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.shops.embedded import EmbeddedShop
from tests.services import postgres_schema
from tests.shops.small_shop import fill

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # a Friday


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    yield database
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with ExitStack() as stack:
        is_postgres = request.param == "postgres"
        url = stack.enter_context(postgres_schema()) if is_postgres else ""
        database = Database(url or f"sqlite:///{tmp_path / 'shop.db'}")
        yield database
        database.close()


@pytest.fixture
def any_shop(any_database: Database, clock: FixedClock) -> EmbeddedShop:
    """The small shop, once on SQLite and once on PostgreSQL."""
    shop = EmbeddedShop(any_database, clock)
    shop.create()
    fill(any_database, NOW)
    return shop


@pytest.fixture
def shop(database: Database, clock: FixedClock) -> EmbeddedShop:
    shop = EmbeddedShop(database, clock)
    shop.create()
    fill(database, NOW)
    return shop
