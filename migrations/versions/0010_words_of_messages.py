"""An index of the words in messages, filled with those that are there.

About 20 seconds for a million messages. A later migration that makes `message` anew on SQLite
(batch_alter_table does for most changes) drops the triggers and renumbers the rows: it must do
what is done here again; tests/journey/test_message_words.py fails otherwise.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SQLITE = (
    """CREATE VIRTUAL TABLE message_words USING fts5(
        text, content='message', content_rowid='rowid', columnsize=0,
        tokenize='unicode61 remove_diacritics 2'
    )""",
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
    "INSERT INTO message_words(message_words) VALUES ('rebuild')",
    # Or the first turns would pay for merging what the line above left in pieces.
    "INSERT INTO message_words(message_words) VALUES ('optimize')",
)
_POSTGRESQL = """CREATE INDEX ix_message_words ON message
    USING gin (to_tsvector('simple', regexp_replace(text, '[^[:alnum:]]+', ' ', 'g')))"""


def upgrade() -> None:
    database = op.get_bind()
    if database.dialect.name == "postgresql":
        database.exec_driver_sql(_POSTGRESQL)
        return
    for statement in _SQLITE:
        database.exec_driver_sql(statement)


def downgrade() -> None:
    database = op.get_bind()
    if database.dialect.name == "postgresql":
        database.exec_driver_sql("DROP INDEX ix_message_words")
        return
    for name in ("insert", "delete", "update"):
        database.exec_driver_sql(f"DROP TRIGGER message_words_{name}")
    database.exec_driver_sql("DROP TABLE message_words")
