"""Promises about the end of a person's part: the bot knows what was decided; causes have owners."""

import threading
from datetime import timedelta

import pytest

from careline.conversation import staff
from careline.journey.words import Mode
from careline.kit.errors import Invalid
from tests.conversation.staff.desk import Desk
from tests.house import Chat


@pytest.fixture
def chat(desk: Desk) -> Chat:
    """Held by Lena."""
    chat = desk.chat_of("C1")
    chat.say("hello")
    desk.escalate(chat)
    desk.claim(chat)
    return chat


def sweeping_until_rasa_is_asked(desk: Desk) -> threading.Thread:
    """The sweep, which goes on when Rasa is let go."""
    asked = len(desk.house.rasa.asked)
    sweeping = threading.Thread(target=desk.house.sweep)
    sweeping.start()
    for _ in range(500):
        if len(desk.house.rasa.asked) > asked:
            break
        threading.Event().wait(0.01)
    return sweeping


def test_the_bots_next_line_is_told_the_outcome(desk: Desk, chat: Chat) -> None:
    desk.hand_back(chat, "replacement_ordered", words="The blue boots leave on Monday.")
    told = desk.house.rasa.asked[-1]
    assert told["intent"] == "handed_back"
    assert told["metadata"] == {
        "outcome": "replacement_ordered",
        "words": "The blue boots leave on Monday.",
        "by": "Lena Marsh",
    }
    shown = chat.history()[-1]
    assert (shown["author"], shown["text"]) == ("bot", "echo: handed_back replacement_ordered")
    assert [reply["author"] for reply in chat.say("thanks")["replies"]] == ["bot"]


def test_the_line_is_said_once_also_when_the_sweep_comes_again(desk: Desk, chat: Chat) -> None:
    desk.hand_back(chat)
    desk.house.clock.advance(timedelta(minutes=5))
    desk.house.sweep()
    assert [m.text for m in desk.house.messages(chat.id)].count("echo: handed_back solved") == 1


def test_a_message_that_comes_at_once_is_answered_after_the_line(desk: Desk, chat: Chat) -> None:
    desk.do(staff.hand_back, chat.id, desk.lena, "solved", policies=desk.policies)
    chat.say("one more thing")
    texts = [m.text for m in desk.house.messages(chat.id)]
    assert texts[-3:] == ["one more thing", "echo: handed_back solved", "echo: one more thing"]


def test_with_the_assistant_down_the_customer_hears_it_in_plain_words(
    desk: Desk, chat: Chat
) -> None:
    desk.house.rasa.fault = "drop"
    desk.hand_back(chat, "solved", words="Your refund is there by Friday.")
    for _ in range(4):
        desk.house.clock.advance(timedelta(minutes=2))
        desk.house.sweep()
    (line,) = [m for m in chat.history() if m["author"] == "system"]
    assert "Lena Marsh" in line["text"]
    assert "Your refund is there by Friday." in line["text"]


def test_one_that_came_along_goes_to_the_bot_or_a_colleague_with_the_other_only(
    desk: Desk, chat: Chat
) -> None:
    """While Lena has the one, the bot could say nothing in the other, and Tom cannot have it."""
    other = desk.chat_of("C1")
    desk.take_over(other)
    with pytest.raises(staff.CameAlong, match="another conversation of this customer"):
        desk.do(staff.hand_back, other.id, desk.lena, "refund_done", policies=desk.policies)
    with pytest.raises(staff.CameAlong):
        desk.do(staff.pass_on, other.id, desk.lena, policies=desk.policies, to_staff=desk.tom)
    assert desk.house.conversation(other.id).holder == desk.lena
    desk.hand_back(chat)
    assert desk.house.conversation(other.id).mode == Mode.BOT


def test_another_one_taken_over_while_the_bot_words_it_both_are_in_hand(
    desk: Desk, chat: Chat
) -> None:
    other = desk.chat_of("C1")
    desk.house.rasa.hold = threading.Event()
    before = [m["author"] for m in chat.history()]
    desk.do(staff.hand_back, chat.id, desk.lena, "solved", policies=desk.policies)
    sweeping = sweeping_until_rasa_is_asked(desk)
    desk.take_over(other, desk.tom)
    desk.house.rasa.hold.set()
    sweeping.join(10)
    assert [m["author"] for m in chat.history()] == before
    held = desk.house.conversation(chat.id)
    assert (held.mode, held.holder) == (Mode.PERSON, desk.tom)
    assert held.due_at is not None


def test_taken_over_again_before_the_line_nothing_is_said(desk: Desk, chat: Chat) -> None:
    desk.do(staff.hand_back, chat.id, desk.lena, "solved", policies=desk.policies)
    desk.take_over(chat, desk.tom)
    before = len(desk.house.messages(chat.id))
    desk.house.sweep()
    assert len(desk.house.messages(chat.id)) == before


def test_taken_over_again_while_the_bot_words_it_nothing_is_said(desk: Desk, chat: Chat) -> None:
    desk.house.rasa.hold = threading.Event()
    said = len(desk.house.messages(chat.id))
    desk.do(staff.hand_back, chat.id, desk.lena, "solved", policies=desk.policies)
    sweeping = sweeping_until_rasa_is_asked(desk)
    desk.take_over(chat, desk.tom)
    desk.house.rasa.hold.set()
    sweeping.join(10)
    assert len(desk.house.messages(chat.id)) == said


def test_conversations_that_came_along_go_back_with_it(desk: Desk, chat: Chat) -> None:
    """The one in which the customer waits hears what was decided too; the other is left alone."""
    waiting, quiet = desk.chat_of("C1"), desk.chat_of("C1")
    waiting.say("are you there?")
    quiet.say("hello")
    desk.reply(quiet, "I answer you here")
    desk.hand_back(chat)
    assert waiting.history()[-1]["text"] == "echo: handed_back solved"
    assert quiet.history()[-1]["text"] == "I answer you here"
    assert desk.house.conversation(quiet.id).mode == Mode.BOT


def test_an_outcome_that_the_bot_has_no_line_for_is_refused(desk: Desk, chat: Chat) -> None:
    with pytest.raises(Invalid, match="replacement_ordered"):
        desk.do(staff.hand_back, chat.id, desk.lena, "whatever", policies=desk.policies)


def test_resolved_it_is_closed_with_a_cause_and_its_owner(desk: Desk, chat: Chat) -> None:
    resolved = desk.do(
        staff.resolve, chat.id, desk.lena, policies=desk.policies, root_cause="wrong_item_packed"
    )
    assert (resolved.mode, resolved.owner) == (Mode.CLOSED, "warehouse")
    assert resolved.holder is None
    assert [reply["author"] for reply in chat.say("hello again")["replies"]] == ["bot"]


def test_a_cause_that_nobody_owns_is_refused_with_those_there_are(desk: Desk, chat: Chat) -> None:
    with pytest.raises(Invalid, match="wrong_item_packed"):
        desk.do(staff.resolve, chat.id, desk.lena, policies=desk.policies, root_cause="bad luck")
