"""How Alembic reaches the record: the Database that careline.kit.migrate hands over."""

from alembic import context

import careline.journey.models  # noqa: F401 - the tables must be known
from careline.kit.database import Base, Database


def run() -> None:
    database: Database = context.config.attributes["database"]
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=database.url.get_backend_name() == "sqlite",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
