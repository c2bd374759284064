"""Messages are found by their words, in both databases, and erased words leave the index too."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text, update
from sqlalchemy.orm import Session

from careline.journey import queries
from careline.journey.erasure import erase_customer
from careline.journey.message_words import forget_erased
from careline.journey.models import Conversation, Message
from careline.kit.database import Database
from careline.kit.ids import new_id
from careline.kit.migrate import config, upgrade
from tests.house import ROOT
from tests.journey.conftest import START, add_customer
from tests.services import ON_POSTGRES, postgres_schema

DATED = {"created_at": START, "updated_at": START}
BEFORE_THE_INDEX = "0009"


@pytest.fixture(params=["sqlite", pytest.param(ON_POSTGRES, marks=pytest.mark.postgres)])
def empty(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    if request.param == ON_POSTGRES:
        with postgres_schema() as url:
            database = Database(url)
            yield database
            database.close()
        return
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    yield database
    database.close()


@pytest.fixture
def database(empty: Database) -> Database:
    empty.create_all()
    return empty


def say(database: Database, *texts: str) -> str:
    """A customer with one conversation in which this was said; the customer's id."""
    with database.begin() as session:
        customer = add_customer(session, "Ada Marlow").id
        conversation = new_id("cnv")
        session.add(Conversation(id=conversation, customer_id=customer, channel="web", **DATED))
        session.flush()
        for position, said in enumerate(texts, 1):
            session.add(
                Message(
                    id=new_id("msg"), conversation_id=conversation, position=position, text=said,
                    direction="in", author="customer", provider_id=str(position), **DATED,
                )
            )  # fmt: skip
            session.flush()
    return customer


def found(database: Database, words: str) -> list[str]:
    with database.read() as session:
        return [message.text for message in queries.search_messages(session, words)]


def test_a_message_is_found_by_its_words(database: Database) -> None:
    said = "The kettle of Mrs Odegaard (case CL-100001, order 10482) came late; O'Brien knows"
    say(database, said, "something else entirely")
    for words in (
        "kettle", "KETTLE", "  kettle ", "the kettle",
        "kettle Mrs",  # any order, not side by side
        "ket", "mrs ode",  # the last may be a beginning
        "odegaard", "CL-100001", "100001", "order #10482", "o'brien", "late.",
    ):  # fmt: skip
        assert found(database, words) == [said], words


def test_letters_beyond_ascii_are_found_in_either_case(database: Database) -> None:
    say(database, "ich heiße Öberg", "Здравствуйте, где посылка", "cafe\u0301s")
    assert found(database, "öberg") == ["ich heiße Öberg"]
    assert found(database, "ПОСЫЛКА") == ["Здравствуйте, где посылка"]


def test_words_that_are_not_all_there_find_nothing(database: Database) -> None:
    say(database, "the kettle came", "the lamp came", "100001 CL")
    for words in ("kettle lamp", "ettle", "kett came", "CL-100001", "nothing"):
        assert found(database, words) == [], words


def test_signs_mean_nothing_and_never_raise(database: Database) -> None:
    said = "and or not near text: the kettle and the lamp"
    say(database, said)
    for words in (
        '"kettle', "kettle*", "kettle AND", "NOT kettle",
        "kettle OR", "(kettle", "-kettle", "^kettle", "kettle & |", "!kettle", "kettle:*",
        "kettle\x00lamp", "kettle \ud800", "+kettle", "💐 kettle",
    ):  # fmt: skip
        assert found(database, words) == [said], words
    for words in (
        "NEAR(kettle lamp)", "text:kettle", "{text}:kettle",  # "text" is a word of its own
        '"', "'", "%", "_", "\\", "<->", "\x00", "\ud800", "💐", "a" * 5000, "e\u0301" * 3,
    ):  # fmt: skip
        assert found(database, words) == [], words


def test_no_words_at_all_find_nothing(database: Database) -> None:
    say(database, "the kettle")
    assert found(database, "") == found(database, " ?! ") == []


def test_the_newest_come_first_and_only_so_many(database: Database) -> None:
    say(database, *(f"kettle {number}" for number in range(60)))
    texts = found(database, "kettle")
    assert texts[:2] == ["kettle 59", "kettle 58"]
    assert len(texts) == 50


def test_a_message_that_was_changed_is_found_by_what_it_says_now(database: Database) -> None:
    say(database, "my code is 123456", "")
    with database.begin() as session:
        session.execute(update(Message).where(Message.text != "").values(text="my code is gone"))
    assert found(database, "123456") == []
    assert found(database, "gone") == ["my code is gone"]


def test_a_message_that_was_rolled_back_was_never_there(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        _say_and_fail(database)
    assert found(database, "kettle") == []
    _assert_sound(database)


def _say_and_fail(database: Database) -> None:
    with database.begin() as session:
        conversation = Conversation(
            id="cnv_1", customer_id=add_customer(session, "").id, channel="web", **DATED
        )
        session.add(conversation)
        session.flush()
        session.add(
            Message(
                id="msg_1", conversation_id="cnv_1", position=1, text="the kettle", direction="in",
                author="customer", provider_id="1", **DATED,
            )
        )  # fmt: skip
        session.flush()
        1 / 0  # noqa: B018


def test_who_is_erased_leaves_no_word_in_the_index(database: Database) -> None:
    ada = say(database, *(f"xqzjmarker {number} kettle" for number in range(40)))
    say(database, *(f"the kettle {number}" for number in range(40)))
    assert _holds(database, b"qzjmarker"), "this test would see it"
    assert not forget_erased(database), "nobody was erased yet"
    with database.begin() as session:
        erase_customer(session, ada, START)
    assert found(database, "xqzjmarker") == []
    assert forget_erased(database)
    assert not _holds(database, b"qzjmarker")
    assert not forget_erased(database), "once is enough"
    assert len(found(database, "kettle")) == 40
    _assert_sound(database)


def test_forgetting_goes_on_where_it_was_cut_short_and_takes_in_who_was_erased_since(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("careline.journey.message_words.PAGES_A_STEP", 1)
    people = [say(database, *(f"mark{n}q {i} {i * 7919}" for i in range(300))) for n in range(3)]
    with database.begin() as session:
        erase_customer(session, people[0], START)
    if database.engine.dialect.name == "sqlite":
        from careline.journey.message_words import _merge_a_little

        assert _merge_a_little(database), "more than one step, or nothing was cut short"
    say(database, "said meanwhile")
    with database.begin() as session:
        erase_customer(session, people[1], START)
    assert forget_erased(database)
    assert not _holds(database, b"ark0q")
    assert not _holds(database, b"ark1q")
    assert _holds(database, b"ark2q")
    assert found(database, "meanwhile") == ["said meanwhile"]
    _assert_sound(database)


def test_the_migration_fills_the_index_and_makes_what_the_models_make(empty: Database) -> None:
    upgrade(empty, ROOT / "migrations")
    ada = say(empty, "gone before", "the kettle", "the lamp")
    with empty.begin() as session:
        session.execute(text("DELETE FROM message WHERE text = 'gone before'"))
    command.downgrade(config(empty, ROOT / "migrations"), BEFORE_THE_INDEX)
    upgrade(empty, ROOT / "migrations")
    assert found(empty, "kettle") == ["the kettle"]
    say(empty, "another kettle")
    assert found(empty, "kettle") == ["another kettle", "the kettle"]
    with empty.begin() as session:
        erase_customer(session, ada, START)
    assert found(empty, "kettle") == ["another kettle"]
    _assert_sound(empty)


def test_models_and_migrations_make_the_same_index(tmp_path: Path) -> None:
    made = []
    for name in ("models", "migrations"):
        database = Database(f"sqlite:///{tmp_path / name}.db")
        if name == "models":
            database.create_all()
        else:
            upgrade(database, ROOT / "migrations")
        with database.read() as session:
            made.append(_index_of(session))
        database.close()
    assert made[0] == made[1]
    assert len(made[0]) >= 4


@pytest.mark.postgres
def test_models_and_migrations_make_the_same_index_on_postgresql() -> None:
    made = []
    for name in ("models", "migrations"):
        with postgres_schema() as url:
            database = Database(url)
            if name == "models":
                database.create_all()
            else:
                upgrade(database, ROOT / "migrations")
            with database.read() as session:
                made.append(
                    session.scalar(
                        text(
                            "SELECT split_part(indexdef, 'USING', 2) FROM pg_indexes "
                            "WHERE indexname = 'ix_message_words' "
                            "AND schemaname = current_schema()"
                        )
                    )
                )
            database.close()
    assert made[0] == made[1]
    assert made[0]


def test_the_index_outlives_a_vacuum(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    ada = say(database, "first", "second")
    say(database, "the kettle")
    with database.begin() as session:
        erase_customer(session, ada, START)
    database.close()
    with sqlite3.connect(tmp_path / "record.db", isolation_level=None) as connection:
        connection.execute("VACUUM")
    connection.close()
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    assert found(database, "kettle") == ["the kettle"]
    _assert_sound(database)
    database.close()


def _index_of(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(
        text("SELECT name, sql FROM sqlite_master WHERE name LIKE 'message\\_words%' ESCAPE '\\'")
    )
    return sorted((name, " ".join((sql or "").split())) for name, sql in rows)


def _assert_sound(database: Database) -> None:
    """FTS5 compares its index with the messages, and raises where they differ."""
    if database.engine.dialect.name == "sqlite":
        with database.begin() as session:
            session.execute(
                text("INSERT INTO message_words(message_words, rank) VALUES ('integrity-check', 1)")
            )


def _holds(database: Database, part: bytes) -> bool:
    """Whether the index itself, not the table, still has these letters anywhere."""
    if database.engine.dialect.name == "sqlite":
        assert "message_words_data" in inspect(database.engine).get_table_names()
        with database.read() as session:
            blocks = session.scalars(text("SELECT block FROM message_words_data"))
            return any(part in block for block in blocks)
    return part in _file_of_the_index(database)


def _file_of_the_index(database: Database) -> bytes:
    with database.begin() as session:
        session.execute(text("SELECT gin_clean_pending_list('ix_message_words'::regclass)"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        content: bytes = connection.execute(
            text("SELECT pg_read_binary_file(pg_relation_filepath('ix_message_words'))")
        ).scalar_one()
        return bytes(content)
