"""Find messages by their words, and forget the words of those that were erased.

The index is the database's own (models/message_words.py); here is how each is asked. A message is
found when it holds all the words, in any order; the last may be the beginning of one.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, column, func, literal_column, select, table, text, update
from sqlalchemy.orm import Session

from careline.journey.models import Counter, Message
from careline.journey.models.message_words import PLAIN_WORDS
from careline.kit.database import Database

LONGEST = 300  # characters of a search that count
SHORTEST_BEGINNING = 2  # letters: with one, half of all words would have to be read
PAGES_A_STEP = 100  # of the index, 4 kB each: some hundredth of a second in which others wait
_GAPS = re.compile(r"[\s\x00-\x1f\ud800-\udfff]+")  # neither database takes NUL, nor half a letter
_WORD = re.compile(r"[^\W_]+")
_INDEX = table("message_words", column("message_words"), column("rowid"))
_TO_FORGET = "erased_words"  # counter: 0 nothing, 1 words of erased messages, 2 being merged away


def look_for(session: Session, words: str, *wanted: Any) -> Select[Any] | None:
    """Select `wanted` of the messages that hold these words, newest first; None: no words."""
    phrases = _phrases(words)
    if not phrases:
        return None
    if session.get_bind().dialect.name == "postgresql":
        query = func.to_tsquery(literal_column("'simple'"), _for_postgresql(phrases))
        said = func.to_tsvector(literal_column("'simple'"), literal_column(PLAIN_WORDS))
        return select(*wanted).where(said.op("@@")(query)).order_by(Message.id.desc())
    return (
        select(*wanted)
        .select_from(_INDEX)
        .join(Message, literal_column("message.rowid") == _INDEX.c.rowid)
        .where(_INDEX.c.message_words.op("MATCH")(_for_sqlite(phrases)))
        .order_by(_INDEX.c.rowid.desc())  # rows are numbered as they came
    )


def mark_erased(session: Session) -> None:
    """Messages were deleted in this unit of work: their words are to go from the index as well."""
    if session.get(Counter, _TO_FORGET) is None:
        session.add(Counter(name=_TO_FORGET, value=1))
    else:
        session.execute(update(Counter).where(Counter.name == _TO_FORGET).values(value=1))
    session.flush()


def forget_erased(database: Database) -> bool:
    """For edges, after an erasure: take the words out of the index for good; False: none to take.

    The index strikes deleted words out and keeps them until it is written anew. That is done in
    steps, each a unit of work, so that turns go on between them; killed in the middle, the next
    call goes on. Takes as long as the index is large: seconds for a million messages.
    """
    with database.read() as session:
        state = session.scalar(select(Counter.value).where(Counter.name == _TO_FORGET))
    if not state:
        return False
    if database.engine.dialect.name == "postgresql":
        _write_anew(database)
    else:
        while _merge_a_little(database):
            pass
    return True


def _phrases(words: str) -> list[list[str]]:
    """Words as they were typed, each taken apart: "CL-100001" is two that follow each other."""
    typed = _GAPS.split(unicodedata.normalize("NFC", words[:LONGEST]))
    return [pieces for one in typed if (pieces := _WORD.findall(one))]


def _for_sqlite(phrases: Sequence[Sequence[str]]) -> str:
    # In quotes nothing has a meaning to FTS5, and pieces hold no quotes.
    quoted = [f'"{" ".join(pieces)}"' for pieces in phrases]
    return " ".join(quoted) + ("*" if _may_go_on(phrases) else "")


def _for_postgresql(phrases: Sequence[Sequence[str]]) -> str:
    quoted = [" <-> ".join(f"'{piece}'" for piece in pieces) for pieces in phrases]
    return " & ".join(quoted) + (":*" if _may_go_on(phrases) else "")


def _may_go_on(phrases: Sequence[Sequence[str]]) -> bool:
    return len(phrases[-1][-1]) >= SHORTEST_BEGINNING


def _merge_a_little(database: Database) -> bool:
    """One step; whether there is more to do."""
    with database.begin() as session:
        state = session.scalar(select(Counter.value).where(Counter.name == _TO_FORGET))
        if not state:
            return False
        # Less than nothing begins with all that is there; a number goes on with what was begun.
        pages = -PAGES_A_STEP if state == 1 else PAGES_A_STEP
        connection: Any = session.connection().connection.dbapi_connection
        before = connection.total_changes
        session.execute(
            text("INSERT INTO message_words(message_words, rank) VALUES ('merge', :pages)"),
            {"pages": pages},
        )
        more: bool = connection.total_changes - before >= 2  # as FTS5's manual tells the end
        left = 2 if more else 0
        session.execute(update(Counter).where(Counter.name == _TO_FORGET).values(value=left))
        return more


def _write_anew(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("REINDEX INDEX CONCURRENTLY ix_message_words"))
    with database.begin() as session:
        session.execute(update(Counter).where(Counter.name == _TO_FORGET).values(value=0))
