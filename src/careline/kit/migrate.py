"""Bring the record's schema up to date: Alembic, without an ini file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import inspect

from careline.kit.database import Database


class SchemaUnknown(Exception):
    """The database holds tables that no migration of ours made; use an empty one."""


def upgrade(database: Database, migrations: Path) -> None:
    """Run the migrations that are missing; a database that is up to date is left alone.

    Raises SchemaUnknown.
    """
    tables = inspect(database.engine).get_table_names()
    if tables and "alembic_version" not in tables:
        raise SchemaUnknown(
            "The record's database holds tables but no version of ours. Point "
            "CARELINE_DATABASE_URL at an empty database, or remove the state folder."
        )
    command.upgrade(config(database, migrations), "head")


def config(database: Database, migrations: Path) -> Config:
    made = Config()
    made.set_main_option("script_location", str(migrations).replace("%", "%%"))
    made.attributes["database"] = database
    return made
