"""The migrated schema is the models' schema, and old data folders are not guessed at."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from careline.journey.models import is_index_of_words
from careline.kit.database import Base, Database
from careline.kit.migrate import SchemaUnknown, upgrade
from tests.house import ROOT


def test_migrations_lead_to_the_models(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    upgrade(database, ROOT / "migrations")
    upgrade(database, ROOT / "migrations")  # again: nothing to do
    with database.engine.connect() as connection:
        names = {"include_name": lambda name, *_: not is_index_of_words(name)}  # as env.py has it
        context = MigrationContext.configure(connection, opts={"compare_type": True, **names})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    with pytest.raises(SchemaUnknown, match="CARELINE_DATABASE_URL"):
        upgrade(database, ROOT / "migrations")
    database.close()
