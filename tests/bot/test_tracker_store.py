"""The tracker store: what is kept in memory is never believed over the database."""

import asyncio

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered

from bot.tracker_store import CarelineTrackerStore, store_url


def _store(path):
    return CarelineTrackerStore(Domain.empty(), host=f"sqlite:///{path}")


def _add(store, text):
    async def turn():
        tracker = await store.get_or_create_tracker("c", append_action_listen=False)
        tracker.update(UserUttered(text, message_id=text))
        await store.save(tracker)

    asyncio.run(turn())


def _texts(store):
    tracker = asyncio.run(store.retrieve("c"))
    return [e.text for e in tracker.events]


def test_a_conversation_survives_a_restart(tmp_path):
    _add(_store(tmp_path / "t.db"), "one")
    assert _texts(_store(tmp_path / "t.db")) == ["one"]


def test_a_turn_by_another_process_is_seen(tmp_path):
    here, there = _store(tmp_path / "t.db"), _store(tmp_path / "t.db")
    _add(here, "one")
    _add(there, "two")
    _add(here, "three")
    assert _texts(there) == ["one", "two", "three"]
    assert len(here.events_of("c")) == 3


def test_a_turn_that_was_not_saved_leaves_nothing(tmp_path):
    store = _store(tmp_path / "t.db")
    _add(store, "one")
    tracker = asyncio.run(store.retrieve("c"))
    tracker.update(UserUttered("never saved"))
    assert _texts(store) == ["one"]


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
def test_any_text_can_be_kept(tmp_path, text):
    store = _store(tmp_path / "t.db")
    _add(store, text)
    assert _texts(_store(tmp_path / "t.db")) == [text]
