"""A customer falls silent in the middle of a request and comes back another day."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from careline.conversation.closing import close_silent
from careline.kit.clock import FixedClock
from tests.flows import processes
from tests.flows.chat import Chat, Shop
from tests.flows.inside import Inside, app_inside
from tests.flows.processes import Bot

A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest.fixture(scope="module")
def inside(
    bot: Bot, seeded: Path, tmp_path_factory: pytest.TempPathFactory, clock: FixedClock
) -> Iterator[Inside]:
    state = processes.copy_state(seeded, tmp_path_factory.mktemp("app") / "var")
    with app_inside(processes.app_settings(state, bot), clock=clock) as running:
        yield running


def new_chat(shop: Shop, ref: str, clock: FixedClock) -> Chat:
    return shop.open_chat({"identity": shop.customer(ref).identity(clock.now())})


def goes_by(inside: Inside, clock: FixedClock, time: timedelta) -> None:
    """Time passes, and the worker ends what has fallen silent."""
    clock.advance(time)
    with inside.container.database.begin() as session:
        close_silent(session, clock.now())


def test_a_day_later_in_the_same_chat_the_answer_is_still_understood(
    inside: Inside, clock: FixedClock
) -> None:
    chat = new_chat(inside.shop, "C1009", clock)
    assert "Why are you sending back" in chat.says("I'd like to return the jeans")
    goes_by(inside, clock, A_DAY)
    assert "Shall I make a return label" in chat.says("changed my mind")


def test_a_day_later_in_a_new_chat_a_greeting_takes_up_what_was_left_open(
    inside: Inside, clock: FixedClock
) -> None:
    before = new_chat(inside.shop, "C1005", clock)
    before.says("I want to return my grey trainers")
    goes_by(inside, clock, A_DAY)
    chat = new_chat(inside.shop, "C1005", clock)
    said = chat.says("hello")
    assert "go on with the return" in said
    assert "Quayside trainers" in said
    chat.says("changed my mind")
    chat.says("yes")
    assert (chat.case()["kind"], chat.case()["resolution"]) == ("return", "refund")


def test_what_was_let_go_is_not_taken_up(inside: Inside, clock: FixedClock) -> None:
    before = new_chat(inside.shop, "C1041", clock)
    before.says("I want to return my shoes")
    before.says("never mind")
    goes_by(inside, clock, A_DAY)
    assert "go on" not in new_chat(inside.shop, "C1041", clock).says("hello")


def test_what_was_done_is_not_taken_up(inside: Inside, clock: FixedClock) -> None:
    before = new_chat(inside.shop, "C1002", clock)
    before.says("I ordered croissants and got a muffin")
    before.says("yes")
    assert before.case()["state"] == "resolved"
    goes_by(inside, clock, A_DAY)
    assert "go on" not in new_chat(inside.shop, "C1002", clock).says("hello")


def test_after_a_fortnight_it_is_forgotten(inside: Inside, clock: FixedClock) -> None:
    new_chat(inside.shop, "C1004", clock).says("I want to return my jacket")
    goes_by(inside, clock, timedelta(days=15))
    assert "go on" not in new_chat(inside.shop, "C1004", clock).says("hello")


def test_a_visitor_is_told_nothing_of_what_a_customer_left_open(
    inside: Inside, clock: FixedClock
) -> None:
    new_chat(inside.shop, "C1008", clock).says("my headphones stopped working")
    goes_by(inside, clock, A_DAY)
    said = inside.shop.visitor().says("hello")
    assert "headphones" not in said
    assert "go on" not in said
