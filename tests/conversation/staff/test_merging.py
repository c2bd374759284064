"""Two conversations of one person become one."""

from datetime import UTC

import pytest

from careline.conversation import staff
from careline.desk.pages import talk
from careline.journey.words import Mode
from tests.conversation.staff.desk import Desk
from tests.house import Chat


def test_merged_the_customer_is_told_where_we_go_on(desk: Desk) -> None:
    one, two = desk.chat_of("C1"), desk.chat_of("C1")
    desk.escalate(one)
    desk.claim(one)
    two.say("the same boots again")
    target = desk.do(staff.merge, two.id, desk.lena, into=one.id, policies=desk.policies)
    merged = desk.house.conversation(two.id)
    assert (merged.mode, merged.merged_into) == (Mode.CLOSED, one.id)
    assert target.waiting_since is not None
    assert "other chat" in two.history()[-1]["text"]
    desk.reply(one, "Both are on their way")
    two.say("I still write here")
    assert desk.house.conversation(two.id).holder == desk.lena


def test_conversations_of_two_people_are_not_merged(desk: Desk) -> None:
    one, other = desk.chat_of("C1"), desk.chat_of("C2")
    other.say("hello")
    desk.escalate(one)
    desk.claim(one)
    with pytest.raises(staff.NotMergeable):
        desk.do(staff.merge, other.id, desk.lena, into=one.id, policies=desk.policies)


def test_a_visitor_who_is_not_verified_is_not_merged(desk: Desk) -> None:
    one, two = desk.house.chat(), desk.house.chat()
    desk.escalate(one)
    desk.claim(one)
    with pytest.raises(staff.NotMergeable):
        desk.do(staff.merge, two.id, desk.lena, into=one.id, policies=desk.policies)


def test_a_colleagues_conversation_is_not_merged_away(desk: Desk) -> None:
    one, two = desk.chat_of("C1"), desk.chat_of("C1")
    two.say("hello")
    desk.escalate(one)
    desk.claim(one)
    with pytest.raises(staff.NotYours):
        desk.do(staff.merge, two.id, desk.tom, into=one.id, policies=desk.policies)


def test_an_answer_is_refused_when_the_customer_wrote_in_the_chat_that_was_merged(
    desk: Desk,
) -> None:
    one, two = desk.chat_of("C1"), desk.chat_of("C1")
    desk.escalate(one)
    desk.claim(one)
    two.say("the same boots again")
    desk.do(staff.merge, two.id, desk.lena, into=one.id, policies=desk.policies)
    seen = page(desk, one).customer_position
    two.say("never mind, they fit")
    with pytest.raises(staff.NewerMessage):
        desk.reply(one, "Here is your label", seen_up_to=seen)
    desk.reply(one, "Glad they fit", seen_up_to=page(desk, one).customer_position)


def test_what_was_merged_before_goes_on_where_the_second_merge_ends(desk: Desk) -> None:
    one, two, three = (desk.chat_of("C1") for _ in range(3))
    desk.escalate(one)
    desk.claim(one)
    two.say("boots")
    three.say("boots again")
    desk.do(staff.merge, two.id, desk.lena, into=three.id, policies=desk.policies)
    desk.do(staff.merge, three.id, desk.lena, into=one.id, policies=desk.policies)
    said = [entry.message.text for day in page(desk, one).days for entry in day.entries
            if entry.message and entry.message.author == "customer"]  # fmt: skip
    assert said == ["boots", "boots again"]


def page(desk: Desk, chat: Chat) -> talk.Talk:
    with desk.house.container.database.read() as session:
        return talk.read(session, chat.id, desk.lena, UTC)
