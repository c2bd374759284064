"""STOP means what we said it would, also when something else was said in between."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from careline.conversation import lines
from careline.conversation.unasked import Said, Unasked, say_unasked
from careline.journey.models import Consent, Conversation, Touch
from tests.house import Chat, House


@pytest.fixture
def chat(house: House) -> Chat:
    """Somebody we know, with a touch in their chat."""
    chat, now = house.chat(), house.clock.now()
    with house.container.database.begin() as session:
        conversation = session.get_one(Conversation, chat.id)
        conversation.verified_by = "identity"
        session.flush()
        stop = {"title": "STOP: no more of these", "payload": lines.STOP_PAYLOAD}
        words = Unasked(conversation.customer_id, "touch:tch_1", "Is everything all right?", [stop])
        (said,) = say_unasked(session, now, [words])
        assert isinstance(said, Said)
        assert said.conversation_id == chat.id
        session.add(
            Touch(id="tch_1", key="k", customer_id=conversation.customer_id, playbook="thank_you",
                  step="say", trigger="tpt_1", trigger_at=now, about={}, subject="", due_at=now,
                  planned_for=now, too_late_at=now, state="sent", sent_at=now, channel="web",
                  conversation_id=chat.id, message_id=said.message_id, created_at=now,
                  updated_at=now)
        )  # fmt: skip
    return chat


def refused(house: House) -> set[str]:
    with house.container.database.read() as session:
        return set(session.scalars(select(Consent.purpose).where(Consent.state == "refused")))


def opted_out(house: House) -> bool:
    with house.container.database.read() as session:
        return session.get_one(Touch, "tch_1").opted_out_at is not None


def buttons(answer: dict[str, object]) -> list[str]:
    replies = answer["replies"]
    assert isinstance(replies, list)
    return [button["payload"] for button in replies[-1]["buttons"]]


ALL = {"service", "marketing", "research"}


def test_stop_after_a_question_of_theirs_still_stops_what_is_unasked(
    house: House, chat: Chat
) -> None:
    chat.say("what time do you close?")
    assert "START" in chat.say("STOP")["replies"][0]["text"]
    assert refused(house) == ALL
    assert opted_out(house)


def test_the_button_under_a_touch_stops_it_whatever_came_since(house: House, chat: Chat) -> None:
    house.rasa.actions = ["return_form"]
    chat.say("I want to return something")
    answer = chat.post(payload=lines.STOP_PAYLOAD).json()
    assert "START" in answer["replies"][0]["text"]
    assert refused(house) == ALL


def test_while_a_request_is_open_it_is_asked_which_is_meant(house: House, chat: Chat) -> None:
    house.rasa.actions = ["action_say_the_order", "return_form"]
    chat.say("I want to return something")
    asked = chat.say("stop")
    assert refused(house) == set()
    assert buttons(asked) == [lines.STOP_PAYLOAD, "/never_mind"]
    chat.post(payload="/never_mind")
    assert refused(house) == set()
    assert house.rasa.texts[-1] == "/never_mind"
    assert buttons(chat.say("Stop.")) == buttons(asked)
    chat.post(payload=lines.STOP_PAYLOAD)
    assert refused(house) == ALL


def test_words_that_mean_nothing_else_are_not_asked_about(house: House, chat: Chat) -> None:
    house.rasa.actions = ["return_form"]
    chat.say("I want to return something")
    chat.say("stop messaging me")
    assert refused(house) == ALL


def test_weeks_after_the_touch_a_bare_stop_is_the_assistants_to_read(
    house: House, chat: Chat
) -> None:
    chat.say("what time do you close?")
    house.clock.advance(timedelta(days=15))
    chat.say("stop")
    assert refused(house) == set()
    assert house.rasa.texts[-1] == "stop"


def test_without_a_touch_a_bare_stop_is_the_assistants_to_read(house: House) -> None:
    other = house.chat()
    other.say("stop")
    assert refused(house) == set()
    assert house.rasa.texts == ["stop"]
