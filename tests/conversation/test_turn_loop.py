"""The loop of turns takes so many at a time, and what it does not take is told at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, current_thread

import pytest

from careline.conversation import gateway
from careline.conversation.turn_loop import TurnLoop
from tests import loops
from tests.house import open_house

ASKING = 16


def test_of_many_who_ask_at_once_one_gets_the_last_place() -> None:
    for _ in range(20):
        turns, go_on, together = TurnLoop(1), Event(), Barrier(ASKING)

        async def turn(go_on: Event = go_on) -> None:
            await asyncio.to_thread(go_on.wait, 10)

        def ask(turns: TurnLoop = turns, together: Barrier = together) -> bool:
            together.wait()
            return turns.start(turn)  # called in this round

        with ThreadPoolExecutor(ASKING) as pool:
            given = [each.result() for each in [pool.submit(ask) for _ in range(ASKING)]]
        go_on.set()
        turns.close()
        assert given.count(True) == 1


def test_a_place_is_free_again_after_a_turn_even_one_that_failed() -> None:
    turns, done = TurnLoop(1), Event()

    async def fails() -> None:
        raise ZeroDivisionError

    async def works() -> None:
        done.set()

    assert turns.start(fails)
    while not turns.start(works):
        pass
    assert done.wait(10)
    turns.close()


def test_the_end_waits_for_what_runs_and_takes_nothing_more() -> None:
    seen: list[str] = []
    turns, begun, go_on = TurnLoop(8, lambda: seen.append(current_thread().name)), Event(), Event()

    async def turn() -> None:
        begun.set()
        await asyncio.to_thread(go_on.wait, 10)
        seen.append("answered")

    async def late() -> None:
        seen.append("late")

    turns.start(turn)
    assert begun.wait(10)
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(turns.close)
        while turns.start(late):  # until it has begun to end
            pass
        before = list(seen)
        go_on.set()
        ending.result(10)
    assert "answered" not in before
    assert seen[-2:] == ["answered", "turns"], "what closes connections runs last, on the loop"
    assert not turns.start(late)


def test_one_that_never_ran_a_turn_just_ends() -> None:
    turns = TurnLoop(1)
    turns.close()

    async def turn() -> None: ...

    assert not turns.start(turn)


def test_on_a_loop_that_was_there_turns_run_and_are_let_end() -> None:
    seen: list[str] = []
    turns = TurnLoop(1, lambda: seen.append("last"))

    async def turn() -> None:
        await asyncio.sleep(0)
        seen.append(current_thread().name)

    async def serve() -> None:
        turns.adopt()
        assert turns.start(turn)
        assert not turns.start(turn), "there is room for one"
        await turns.end()

    loops.run(serve())
    turns.close()
    assert seen[0].startswith("ThreadPool")
    assert seen[1:] == ["last"]
    assert not turns.start(turn)


def test_the_message_of_one_more_is_written_and_answered_by_a_lane(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "TURNS_AT_ONCE", 0)
    with open_house(tmp_path) as house:
        chat = house.chat()
        assert [reply["text"] for reply in chat.say("hello")["replies"]] == ["echo: hello"]
        assert chat.post(text="again", id="m2").status_code == 200
        assert [m.author for m in house.messages(chat.id)] == ["customer", "bot"] * 2
