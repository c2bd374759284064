"""How Alembic reaches the record: the Database that careline.kit.migrate hands over."""

from alembic import context

from careline.journey.models import is_index_of_words  # with this all tables are known
from careline.kit.database import Base, Database, UtcDateTime


def _as_plain(kind: str, value: object, _context: object) -> str | bool:
    """Our aware datetime is a plain one to the database; migrations do not import the app."""
    return "sa.DateTime(timezone=True)" if isinstance(value, UtcDateTime) else False


def _modelled(name: str | None, _kind: str, _parents: object) -> bool:
    return not is_index_of_words(name)


def run() -> None:
    database: Database = context.config.attributes["database"]
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=database.url.get_backend_name() == "sqlite",
            compare_type=True,
            include_name=_modelled,
            render_item=_as_plain,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
