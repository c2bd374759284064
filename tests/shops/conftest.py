"""A small shop on a real database: SQLite in a file, or PostgreSQL where there is one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.shops.embedded import EmbeddedShop
from tests.shops.small_shop import fill

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # a Friday


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    yield database
    database.close()


@pytest.fixture
def shop(database: Database, clock: FixedClock) -> EmbeddedShop:
    shop = EmbeddedShop(database, clock)
    shop.create()
    fill(database, NOW)
    return shop
