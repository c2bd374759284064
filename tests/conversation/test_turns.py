"""Promises about turns: written first, always an answer, in order, once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

from careline.conversation.handover import hand_over
from careline.journey.words import HandoverReason, Mode, TurnState
from tests.house import Chat, House
from tests.services import on_both


def texts(chat: Chat, author: str) -> list[str]:
    return [m["text"] for m in chat.history() if m["author"] == author]


def test_a_message_is_answered(house: House) -> None:
    chat = house.chat()
    answer = chat.say("hello")
    assert [reply["text"] for reply in answer["replies"]] == ["echo: hello"]
    assert answer["mode"] == "bot"
    stored = house.messages(chat.id)
    assert [(m.direction, m.turn_state) for m in stored] == [("in", "done"), ("out", None)]
    assert stored[0].intent == "greet"


def test_the_same_id_twice_is_one_message_and_one_answer(house: House) -> None:
    chat = house.chat()
    first = chat.say("hello", id="one")
    again = chat.say("hello", id="one")
    assert again == first
    assert len(house.messages(chat.id)) == 2
    assert len(house.rasa.asked) == 1


@on_both
def test_the_same_id_posted_by_many_at_once_is_one_message(house: House) -> None:
    chat = house.chat()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: chat.say("hello", id="one"), range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert len(house.rasa.asked) == 1


@on_both
def test_two_tabs_are_answered_one_after_the_other_in_the_order_of_the_record(
    house: House,
) -> None:
    chat = house.chat()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: chat.say(f"message {n}"), range(12)))
    assert not house.rasa.overlapped
    said = [m.text for m in house.messages(chat.id) if m.direction == "in"]
    assert house.rasa.texts == said
    assert len(texts(chat, "bot")) == 12


def test_different_conversations_run_in_parallel(house: House) -> None:
    """All turns are inside Rasa at the same time before any of them may end."""
    house.rasa.hold = threading.Event()
    chats = [house.chat() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(chat.say, "hello") for chat in chats]
        for _ in range(500):
            if len(house.rasa.asked) == 6:
                break
            threading.Event().wait(0.01)
        assert len(house.rasa.asked) == 6
        house.rasa.hold.set()
        assert all(job.result()["replies"] for job in waiting)


def test_with_rasa_down_the_customer_gets_one_honest_line_and_later_the_answer(
    house: House,
) -> None:
    chat = house.chat()
    house.rasa.fault = "drop"
    answer = chat.say("where is my parcel")
    (line,) = answer["replies"]
    assert line["author"] == "system"
    assert "by 1" in line["text"]  # a time today
    house.rasa.fault = ""
    house.sweep()
    assert house.rasa.asked == []  # not yet: the next try has its time
    house.clock.advance(timedelta(seconds=21))
    house.sweep()
    assert texts(chat, "bot") == ["echo: where is my parcel"]
    assert len(texts(chat, "system")) == 1


def test_tried_often_enough_the_message_goes_to_a_person_with_a_deadline(house: House) -> None:
    chat = house.chat()
    house.rasa.fault = "status"
    chat.say("hello")
    for _ in range(2):
        house.clock.advance(timedelta(minutes=2))
        house.sweep()
    conversation = house.conversation(chat.id)
    assert conversation.mode == Mode.QUEUED
    assert conversation.handover_reason == HandoverReason.ASSISTANT_DOWN
    assert conversation.due_at is not None
    assert conversation.due_at > house.clock.now()
    assert house.messages(chat.id)[0].turn_state == TurnState.QUEUED
    first, second = texts(chat, "system")
    assert first != second
    house.clock.advance(timedelta(minutes=2))
    house.sweep()
    assert len(texts(chat, "system")) == 2


def test_an_empty_answer_is_a_failure(house: House) -> None:
    house.rasa.fault = "empty"
    (line,) = house.chat().say("hello")["replies"]
    assert line["author"] == "system"


def test_a_message_behind_a_stuck_one_waits_for_it_and_hears_so(house: House) -> None:
    chat = house.chat()
    house.rasa.fault = "drop"
    chat.say("first")
    (line,) = chat.say("second")["replies"]
    assert line["author"] == "system"
    house.rasa.fault = ""
    house.clock.advance(timedelta(seconds=21))
    house.sweep()
    assert house.rasa.texts == ["first", "second"]
    assert texts(chat, "bot") == ["echo: first", "echo: second"]
    said = texts(chat, "system")
    assert len(said) == 2
    assert said[0] != said[1]


def test_whoever_waits_past_the_deadline_before_a_turn_starts_hears_so_too(house: House) -> None:
    chat = house.chat()
    house.rasa.hold = threading.Event()
    chat.post(wait=None, text="first")
    chat.post(wait=None, text="second")
    house.clock.advance(timedelta(seconds=30))
    house.container.turns.reassure_late()
    assert len(texts(chat, "system")) == 2
    house.container.turns.reassure_late()
    assert len(texts(chat, "system")) == 2
    house.rasa.hold.set()


def test_a_second_try_after_a_timeout_takes_the_answer_that_rasa_gave_meanwhile(
    house: House,
) -> None:
    """Rasa finished the turn after our deadline; its answer comes, the turn is not run again."""
    chat = house.chat()
    house.rasa.fault = "drop"
    chat.say("hello")
    house.rasa.turn({"conversation": chat.id, "message_id": house.messages(chat.id)[0].id,
                     "text": "hello"})  # fmt: skip
    house.rasa.fault = ""
    house.clock.advance(timedelta(seconds=21))
    house.sweep()
    assert texts(chat, "bot") == ["echo: hello"]


def test_an_action_that_raises_brings_a_person(house: House) -> None:
    chat = house.chat()
    house.rasa.hold = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(chat.say, "send it back")
        for _ in range(500):
            if house.rasa.asked:
                break
            threading.Event().wait(0.01)
        house.container.failures.remember(chat.id, "action_return_settle")
        house.rasa.hold.set()
        answer = waiting.result()
    assert [reply["author"] for reply in answer["replies"]] == ["system"]
    assert answer["mode"] == "queued"
    assert house.conversation(chat.id).handover_reason == HandoverReason.ACTION_FAILED


def queue(house: House, chat: Chat) -> None:
    with house.container.database.begin() as session:
        hand_over(
            session,
            house.clock.now(),
            chat.id,
            reason=HandoverReason.ASKED_FOR,
            summary="wants a person",
            policies=house.container.policies,
        )


def test_in_the_queue_a_message_goes_to_people_and_hears_when_at_most_each_ten_minutes(
    house: House,
) -> None:
    chat = house.chat()
    chat.say("hello")
    queue(house, chat)
    first, second = chat.say("are you there"), chat.say("hello??")
    assert [len(first["replies"]), len(second["replies"])] == [1, 0]
    assert "by " in first["replies"][0]["text"]
    house.clock.advance(timedelta(minutes=11))
    third = chat.say("still waiting")
    assert third["replies"][0]["text"] != first["replies"][0]["text"]
    assert house.rasa.texts == ["hello"]
    assert house.messages(chat.id)[-2].turn_state == TurnState.QUEUED


def test_the_customer_may_go_on_with_the_assistant_instead_of_waiting(house: House) -> None:
    chat = house.chat()
    queue(house, chat)
    (line,) = chat.say("hello?")["replies"]
    (button,) = line["buttons"]
    back = chat.post(payload=button["payload"]).json()
    assert back["mode"] == "bot"
    assert back["message"]["text"] == button["title"]
    assert chat.say("size 42")["replies"][0]["text"] == "echo: size 42"


def test_a_held_conversation_stays_with_the_person(house: House) -> None:
    chat = house.chat()
    queue(house, chat)
    chat.say("hello?")
    with house.container.database.begin() as session:
        conversation = session.get_one(type(house.conversation(chat.id)), chat.id)
        conversation.mode, conversation.holder = Mode.PERSON, "staff:ada"
    answer = chat.post(payload="/back_to_assistant").json()
    assert answer["mode"] == "person"
    assert answer["replies"] == []
    assert chat.say("thanks")["replies"] == []
    assert house.rasa.asked == []


def test_a_message_written_before_the_handover_goes_to_the_queue_too(house: House) -> None:
    chat = house.chat()
    house.rasa.hold = threading.Event()
    chat.post(wait=None, text="I want a person")
    chat.post(wait=None, text="now please")
    queue(house, chat)
    house.rasa.hold.set()
    for _ in range(500):
        if house.messages(chat.id)[1].turn_state == TurnState.QUEUED:
            break
        threading.Event().wait(0.01)
    states = [m.turn_state for m in house.messages(chat.id) if m.direction == "in"]
    assert states == [TurnState.DONE, TurnState.QUEUED]
    assert texts(chat, "bot") == ["echo: I want a person"]  # what the turn said stays
    assert house.rasa.texts == ["I want a person"]


def test_a_turn_of_another_live_process_is_left_alone_until_its_time_is_up(house: House) -> None:
    chat = house.chat()
    house.container.lanes.close()  # nothing runs by itself here
    chat.post(wait=None, text="hello")
    with house.container.database.begin() as session:
        conversation = session.get_one(type(house.conversation(chat.id)), chat.id)
        conversation.claimed_by = f"elsewhere/1/{uuid4()}"
        conversation.claimed_until = house.clock.now() + timedelta(seconds=30)
    house.sweep()
    assert house.rasa.asked == []
    house.clock.advance(timedelta(seconds=31))
    house.sweep()
    assert house.rasa.texts == ["hello"]
