"""A process that dies between any two steps loses nothing and says nothing twice."""

import subprocess
import sys

import pytest

from careline.journey.words import TurnState
from tests.house import ROOT, House


def die_at(step: str, house: House, conversation: str, *words: str) -> int:
    settings = house.container.settings
    where = [str(settings.state), settings.database_url, house.rasa.url]
    arguments = [step, *where, conversation, *words]
    return subprocess.run(
        [sys.executable, "-m", "tests.conversation.die_at", *arguments], cwd=ROOT, timeout=120
    ).returncode


@pytest.mark.parametrize("step", ["claimed", "asked", "answered"])
@pytest.mark.parametrize("fault", ["", "drop"])
def test_after_a_crash_the_message_is_answered_once(house: House, step: str, fault: str) -> None:
    house.container.lanes.close()  # the other process has the turn
    chat = house.chat()
    chat.post(wait=None, text="first")
    chat.post(wait=None, text="second")
    house.rasa.fault = fault
    assert die_at(step, house, chat.id) == 9
    house.rasa.fault = ""
    house.clock.advance(house.container.settings.retry_after * 2)
    house.sweep()
    stored = house.messages(chat.id)
    inbound = [(m.text, m.turn_state) for m in stored if m.direction == "in"]
    assert inbound == [("first", TurnState.DONE), ("second", TurnState.DONE)]
    assert [m.text for m in stored if m.author == "bot"] == ["echo: first", "echo: second"]


@pytest.mark.parametrize("step", ["claimed", "asked", "answered"])
@pytest.mark.parametrize("fault", ["", "drop"])
def test_after_a_crash_on_the_servers_loop_too(house: House, step: str, fault: str) -> None:
    chat = house.chat()
    house.rasa.fault = fault
    assert die_at(step, house, chat.id, "first") == 9
    house.rasa.fault = ""
    house.clock.advance(house.container.settings.retry_after * 2)
    house.sweep()
    stored = house.messages(chat.id)
    inbound = [(m.text, m.turn_state) for m in stored if m.direction == "in"]
    assert inbound == [("first", TurnState.DONE)]
    assert [m.text for m in stored if m.author == "bot"] == ["echo: first"]


def test_a_message_that_kills_every_process_goes_to_a_person(house: House) -> None:
    house.container.lanes.close()
    chat = house.chat()
    chat.post(wait=None, text="poison")
    with house.container.database.begin() as session:
        message = session.get_one(type(house.messages(chat.id)[0]), house.messages(chat.id)[0].id)
        message.tries, message.turn_state = 5, TurnState.ASKED
    house.sweep()
    assert house.conversation(chat.id).mode == "queued"
    assert house.messages(chat.id)[-1].author == "system"
