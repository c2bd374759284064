"""What a test needs of this machine and does not find; a schema of its own on its PostgreSQL."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from careline.kit.database import Database

POSTGRES = os.environ.get("CARELINE_TEST_POSTGRES_URL", "postgresql+psycopg://localhost/postgres")
ON_POSTGRES = "postgres"
# For tests whose house is to stand on both.
on_both = pytest.mark.parametrize(
    "house", ["sqlite", pytest.param(ON_POSTGRES, marks=pytest.mark.postgres)], indirect=True
)


def missing(what: str) -> NoReturn:
    """Left out on a user's machine, failed on CI, where nothing that should run is skipped."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@contextmanager
def postgres_schema() -> Iterator[str]:
    """The URL of an empty schema, dropped afterwards; skips the test where there is no server."""
    schema = f"careline_test_{secrets.token_hex(4)}"
    admin = Database(POSTGRES)
    try:
        with admin.begin() as session:
            session.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError:
        admin.close()
        missing("no PostgreSQL on the usual local port")
    try:
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
    finally:
        with admin.begin() as session:
            session.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        admin.close()
