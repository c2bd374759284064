"""Every way in which Rasa gives no usable answer has one name, and says why."""

from datetime import timedelta
from pathlib import Path

import pytest

from careline.conversation.ports import AssistantUnavailable, Question
from tests.house import House, open_house

HELLO = Question("cnv_1", "msg_1", "hello")


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("status", "answered 500"),
        ("nonsense", "not JSON"),
        ("shape", "not readable"),
        ("empty", "nothing to say"),
        ("drop", "cannot be reached"),
    ],
)
def test_a_fault_is_named(house: House, fault: str, why: str) -> None:
    house.rasa.fault = fault
    with pytest.raises(AssistantUnavailable, match=why):
        house.container.rasa.ask(HELLO)


def test_slower_than_the_deadline_is_a_fault(tmp_path: Path) -> None:
    with open_house(tmp_path, reply_within=timedelta(seconds=0.3)) as house:
        house.rasa.fault, house.rasa.slow_seconds = "slow", 1.5
        with pytest.raises(AssistantUnavailable, match="in time"):
            house.container.rasa.ask(HELLO)


def test_nobody_listening_is_a_fault(tmp_path: Path) -> None:
    with open_house(tmp_path, rasa_url="http://127.0.0.1:9") as house:  # the discard port
        with pytest.raises(AssistantUnavailable, match="cannot be reached"):
            house.container.rasa.ask(HELLO)
        with pytest.raises(AssistantUnavailable):
            house.container.rasa.health()


def test_buttons_cards_and_what_was_understood_come_through(house: House) -> None:
    house.rasa.replies = [
        {"text": "Which?", "buttons": [{"title": "Boots", "payload": "/p"}]},
        {"custom": {"card": {"kind": "order", "number": "10482"}}},
        {"custom": {}},
    ]
    answer = house.container.rasa.ask(HELLO)
    assert [(r.text, r.buttons, r.card) for r in answer.replies] == [
        ("Which?", ({"title": "Boots", "payload": "/p"},), None),
        ("", (), {"kind": "order", "number": "10482"}),
    ]
    assert (answer.intent, answer.confidence) == ("greet", 0.9)
    assert answer.understood["actions"] == ["action_listen"]


def test_health_says_when_rasa_understands_less_and_still_answers(house: House) -> None:
    # the actions are a process of their own, which a house has not
    whole = house.client.get("/healthz").json()
    assert (whole["rasa"], whole["understands"]) == (True, "fully")
    house.rasa.understands = "less"
    assert house.container.rasa.health() is False
    poor = house.client.get("/healthz").json()
    assert (poor["rasa"], poor["understands"]) == (True, "less")
