"""The index of the words in messages, as each database has it; created with the table.

SQLite: FTS5 beside the messages, without their text a second time, kept by triggers. PostgreSQL:
GIN over the same words. The migration that makes it for installations repeats these lines.
"""

from typing import Any

from sqlalchemy import Connection, Table, event

from careline.journey.models.conversations import Message

# Words as FTS5's unicode61 takes them, so that both databases split "CL-100001" alike.
PLAIN_WORDS = "regexp_replace(message.text, '[^[:alnum:]]+', ' ', 'g')"

SQLITE = (
    # Message has no integer key, and its rowid serves: nothing here renumbers it, see decision 23.
    """CREATE VIRTUAL TABLE message_words USING fts5(
        text, content='message', content_rowid='rowid', columnsize=0,
        tokenize='unicode61 remove_diacritics 2'
    )""",
    # What is merged on demand is what was erased (journey.message_words), not what was just said.
    "INSERT INTO message_words(message_words, rank) VALUES ('usermerge', 16)",
    """CREATE TRIGGER message_words_insert AFTER INSERT ON message BEGIN
        INSERT INTO message_words(rowid, text) VALUES (new.rowid, new.text);
    END""",
    """CREATE TRIGGER message_words_delete AFTER DELETE ON message BEGIN
        INSERT INTO message_words(message_words, rowid, text)
        VALUES ('delete', old.rowid, old.text);
    END""",
    """CREATE TRIGGER message_words_update AFTER UPDATE OF text ON message BEGIN
        INSERT INTO message_words(message_words, rowid, text)
        VALUES ('delete', old.rowid, old.text);
        INSERT INTO message_words(rowid, text) VALUES (new.rowid, new.text);
    END""",
)
POSTGRESQL = (
    f"""CREATE INDEX ix_message_words ON message
        USING gin (to_tsvector('simple', {PLAIN_WORDS.replace("message.", "")}))""",
)


@event.listens_for(Message.__table__, "after_create")
def _create(_table: Table, connection: Connection, **_more: Any) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    for statement in SQLITE if on_sqlite else POSTGRESQL:
        connection.exec_driver_sql(statement)


def is_index_of_words(name: str | None) -> bool:
    """Tables and indexes that Alembic finds in the database and no model names."""
    return name is not None and name.removeprefix("ix_").startswith("message_words")
