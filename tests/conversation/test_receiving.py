"""What is written down of a message, and what is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from careline.journey.models import Email, Touchpoint
from careline.service import verify
from careline.shops.seed import seed
from tests.house import Chat, House


def test_secrets_never_reach_the_record_or_rasa(house: House) -> None:
    chat = house.chat()
    chat.say("charge 4242424242424242, my password is hunter2")
    assert house.messages(chat.id)[0].text == "charge •••• 4242, my password is ••••"
    assert house.rasa.texts == ["charge •••• 4242, my password is ••••"]


@pytest.mark.parametrize(
    "text",
    [
        "🎉👩‍👩‍👧‍👦 mérci 日本",
        "مرحبا، أين طلبي؟",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "'; DROP TABLE message; --",
        "x" * 20_000,
        "/greet",
        '/choose{"choice": "refund"}',
    ],
)
def test_any_text_comes_through_as_it_was_written(house: House, text: str) -> None:
    chat = house.chat()
    answer = chat.say(text)
    assert answer["message"]["text"] == text
    assert house.rasa.asked[0]["text"] == text
    assert "payload" not in house.rasa.asked[0]
    assert chat.history()[0]["text"] == text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "x" * 20_001}, "text"),
        ({"text": "   "}, "text"),
        ({}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"payload": '/choose{"choice": "refund"}'}, "payload"),
        ({"payload": "/enter_code"}, "payload"),
        ({"text": "hello", "id": "with space"}, "id"),
        ({"text": "hello", "attachments": ["att_unknown"]}, "attachments"),
        ({"text": 7}, "text"),
    ],
)
def test_what_cannot_be_a_message_is_refused_by_field(
    house: House, body: dict[str, object], field: str
) -> None:
    chat = house.chat()
    answer = chat.post(**body)
    assert answer.status_code in (404, 422)
    assert answer.json()["error"]["field"] == field
    assert house.messages(chat.id) == []


def test_a_button_is_accepted_only_in_the_conversation_that_offered_it(house: House) -> None:
    house.rasa.replies = [{"text": "Which?", "buttons": [{"title": "Boots", "payload": "/p1"}]}]
    mine, other = house.chat(), house.chat()
    mine.say("return")
    assert other.post(payload="/p1").status_code == 422
    pressed = mine.post(payload="/p1").json()
    assert pressed["message"]["text"] == "Boots"
    assert house.rasa.asked[-1]["payload"] == "/p1"


def test_the_first_message_starts_the_journey_of_the_conversation(house: House) -> None:
    chat = house.chat()
    chat.say("hello")
    chat.say("hello again")
    with house.container.database.read() as session:
        kinds = session.scalars(
            select(Touchpoint.kind).where(Touchpoint.conversation_id == chat.id)
        ).all()
    assert kinds == ["conversation.started"]


def test_anger_is_counted_for_the_dialogue(house: House) -> None:
    chat = house.chat()
    chat.say("THIS IS THE THIRD TIME!!! I am FURIOUS, you useless idiots!!!")
    assert house.messages(chat.id)[0].emotion == "angry"
    assert house.conversation(chat.id).angry_messages == 1


def send_code(house: House, chat: Chat) -> str:
    """Ask for a code to the address of a customer of the demo shop; the digits."""
    seed(house.container.shop_database, house.clock.now())
    person = house.container.shop.customers(limit=1)[0]
    assert verify.request_code(house.container.services, chat.id, person.email).sent
    with house.container.database.read() as session:
        text = session.scalars(select(Email.text)).one()
    return next(word.strip(".") for word in text.split() if word.strip(".").isdigit())


def test_a_right_code_verifies_and_is_kept_nowhere(house: House) -> None:
    chat = house.chat()
    digits = send_code(house, chat)
    chat.say(f"it's {digits}")
    assert house.conversation(chat.id).verified_by == "code"
    asked = house.rasa.asked[0]
    assert asked["payload"] == "/enter_code"
    assert asked["metadata"]["code"]["state"] == "accepted"
    assert digits not in house.messages(chat.id)[0].text
    assert digits not in str(house.rasa.asked)


def test_wrong_codes_are_counted_and_then_refused(house: House) -> None:
    chat = house.chat()
    digits = send_code(house, chat)
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    for _ in range(6):
        chat.say(wrong)
    states = [asked["metadata"]["code"]["state"] for asked in house.rasa.asked]
    assert states == ["wrong"] * 4 + ["too_many"] * 2
    chat.say(digits)
    assert house.conversation(chat.id).verified_by == ""


def test_an_old_code_is_refused(house: House) -> None:
    chat = house.chat()
    digits = send_code(house, chat)
    house.clock.advance(timedelta(minutes=11))
    chat.say(digits)
    assert house.rasa.asked[0]["metadata"]["code"]["state"] == "expired"
