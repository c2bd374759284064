"""The tracker store: what is kept in memory is never believed over the database."""

import asyncio
import os
import secrets
from collections.abc import Iterator

import psycopg2
import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered

from bot import tracker_store
from bot.tracker_store import CarelineTrackerStore, store_url

POSTGRES = os.environ.get("CARELINE_TEST_POSTGRES_URL", "postgresql://localhost/postgres")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> Iterator[str]:
    """Of an empty database of each kind; PostgreSQL is left out where there is no server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 't.db'}"
        return
    server, schema = POSTGRES.replace("+psycopg", ""), f"careline_test_{secrets.token_hex(4)}"
    try:
        admin = psycopg2.connect(server)
    except psycopg2.OperationalError:
        if os.environ.get("CI"):
            raise
        pytest.skip("no PostgreSQL on the usual local port")
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
        url = server.replace("postgresql:", "postgresql+psycopg2:")
        yield f"{url}?options=-csearch_path%3D{schema}"
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")
    admin.close()


@pytest.fixture
def new_store(address):
    """Stores of one database, closed at the end."""
    stores = []

    def new() -> CarelineTrackerStore:
        stores.append(CarelineTrackerStore(Domain.empty(), host=address))
        return stores[-1]

    yield new
    for store in stores:
        store.engine.dispose()


def _add(store, *texts):
    async def turn():
        tracker = await store.get_or_create_tracker("c", append_action_listen=False)
        for text in texts:
            tracker.update(UserUttered(text, message_id=text))
        await store.save(tracker)

    asyncio.run(turn())


def _texts(store):
    tracker = asyncio.run(store.retrieve("c"))
    return [e.text for e in tracker.events]


def test_a_conversation_survives_a_restart(new_store):
    _add(new_store(), "one")
    assert _texts(new_store()) == ["one"]


def test_a_turn_by_another_process_is_seen(new_store):
    here, there = new_store(), new_store()
    _add(here, "one")
    _add(there, "two")
    _add(here, "three")
    assert _texts(there) == ["one", "two", "three"]
    assert len(here.events_of("c")) == 3


def test_a_turn_that_was_not_saved_leaves_nothing(new_store):
    store = new_store()
    _add(store, "one")
    tracker = asyncio.run(store.retrieve("c"))
    tracker.update(UserUttered("never saved"))
    assert _texts(store) == ["one"]


def test_a_turn_that_could_not_be_saved_whole_is_not_saved_at_all(new_store, monkeypatch):
    store = new_store()
    _add(store, "one")
    monkeypatch.setattr(tracker_store, "ROWS_AT_ONCE", 1)
    row = tracker_store._row
    monkeypatch.setattr(
        tracker_store,
        "_row",
        lambda sender, event: row(None if event.text == "bad" else sender, event),
    )
    with pytest.raises(store.engine.dialect.dbapi.IntegrityError):
        _add(store, "two", "bad")
    assert _texts(store) == _texts(new_store()) == ["one"]


def test_a_turn_of_very_many_events_is_kept_in_its_order(new_store):
    said = [f"{number}?%s" for number in range(2 * tracker_store.ROWS_AT_ONCE + 1)]
    _add(new_store(), *said)
    assert _texts(new_store()) == said


def test_a_conversation_that_was_erased_is_gone_everywhere(new_store):
    here, there = new_store(), new_store()
    _add(here, "one", "two")
    assert asyncio.run(there.exists("c"))
    assert there.erase("c") == 2
    assert there.erase("c") == 0
    assert asyncio.run(here.retrieve("c")) is None
    assert not asyncio.run(here.exists("c"))


def test_the_address_comes_from_the_environment(monkeypatch):
    monkeypatch.delenv("CARELINE_TRACKER_URL", raising=False)
    monkeypatch.setenv("RASA_TRACKER_DB", "here/t.db")
    assert store_url() == "sqlite:///here/t.db"
    monkeypatch.setenv("CARELINE_TRACKER_URL", "postgresql+psycopg://u@h/d")
    assert store_url() == "postgresql+psycopg2://u@h/d"


def test_redis_locks_are_chosen_by_the_environment(monkeypatch):
    from rasa.core.lock_store import InMemoryLockStore

    from bot.lock_store import CarelineLockStore, redis_locks

    monkeypatch.delenv("CARELINE_REDIS_URL", raising=False)
    assert isinstance(CarelineLockStore().locks, InMemoryLockStore)
    locks = redis_locks("rediss://careline:s%40x@cache.internal:6380/4")
    told = locks.red.connection_pool.connection_kwargs
    assert (told["host"], told["port"], told["db"]) == ("cache.internal", 6380, 4)
    assert told["password"] == "s@x"


@pytest.mark.parametrize("text", ["\x00", "\ud800", "🙃"])
def test_any_text_can_be_kept(new_store, text):
    _add(new_store(), text)
    assert _texts(new_store()) == [text]
