"""A small shop on a real database: SQLite in a file, or PostgreSQL where there is one."""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.shops.embedded import EmbeddedShop
from tests.services import missing
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
    if request.param == "sqlite":
        url, admin = f"sqlite:///{tmp_path / 'shop.db'}", None
    else:
        url, admin = _new_schema()
    database = Database(url)
    yield database
    database.close()
    if admin is not None:
        with admin.begin() as session:
            session.execute(text(f"DROP SCHEMA {_schema_of(url)} CASCADE"))
        admin.close()


def _new_schema() -> tuple[str, Database]:
    """A schema of our own on the local server; skips the test where there is none."""
    base = os.environ.get("CARELINE_TEST_POSTGRES_URL", "postgresql+psycopg://localhost/postgres")
    schema = f"shop_test_{secrets.token_hex(4)}"
    admin = Database(base)
    try:
        with admin.begin() as session:
            session.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError:
        admin.close()
        missing("no PostgreSQL on the usual local port")
    return f"{base}?options=-csearch_path%3D{schema}", admin


def _schema_of(url: str) -> str:
    return url.rsplit("%3D", 1)[1]


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
