"""SQLite as we open it: whether a transaction may write is said when it begins.

Two dialects, rather than a listener on the engine: SQLAlchemy asks an engine's listeners at every
statement, which made each a quarter dearer.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import PoolProxiedConnection

PAGE = 4096  # bytes
LONG_LOG = 8000  # pages (32 MB) of what was written and is not in the file yet
# A log is emptied by `shorten_log`; where nobody calls it, by the writer that finds it so long,
# and all others wait for that.
LONGEST_LOG = 4 * LONG_LOG
_KEPT = 1000  # pages of the log's file, when it is begun anew: its size tells how long it is


class Reading(SQLiteDialect_pysqlite):
    """Its transactions neither wait for writers nor hold them up."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection | DBAPIConnection) -> None:
        dbapi_connection.cursor().execute("BEGIN")


class Writing(SQLiteDialect_pysqlite):
    """Its transactions take the write lock first, and wait for it.

    One that turns from reading to writing fails at once when another one wrote meanwhile,
    whatever the busy timeout.
    """

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection | DBAPIConnection) -> None:
        dbapi_connection.cursor().execute("BEGIN IMMEDIATE")


for _dialect in (Reading, Writing):
    registry.register(f"sqlite.{_dialect.__name__.lower()}", __name__, _dialect.__name__)


def sqlite_engine(url: URL, *, writes: bool, busy_timeout_seconds: int, echo: bool) -> Engine:
    engine = create_engine(
        url.set(drivername=f"sqlite+{'writing' if writes else 'reading'}"),
        echo=echo,
        connect_args={"timeout": busy_timeout_seconds},
        pool_use_lifo=True,  # the connection used last has the pages of the last writing at hand
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the dialects say BEGIN
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")  # survives any process's death; see ADR 4
        cursor.execute(f"PRAGMA wal_autocheckpoint={LONGEST_LOG}")
        cursor.execute(f"PRAGMA journal_size_limit={_KEPT * PAGE}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={busy_timeout_seconds * 1000}")
        cursor.close()

    return engine


def log_is_long(database: Path) -> bool:
    """Whether there is enough in the write-ahead log to bring it into the file."""
    try:
        return Path(f"{database}-wal").stat().st_size > LONG_LOG * PAGE
    except FileNotFoundError:
        return False


def shorten_log(engine: Engine, alone: AbstractContextManager[None]) -> None:
    """Bring the write-ahead log into the file: most of it while others go on writing.

    What came meanwhile follows while they wait (`alone`): a log of which something is always left
    is never begun anew. The disk is synced twice each time.
    """
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        with alone:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    finally:
        connection.close()
