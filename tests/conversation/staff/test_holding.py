"""Promises about who has a conversation, and who speaks in it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from careline.conversation import staff
from careline.journey.models import Audit, Touchpoint
from careline.journey.words import HandoverReason, Mode, Role, TurnState
from careline.kit.errors import Invalid
from careline.service import verify
from tests.conversation.staff.desk import Desk, hire
from tests.services import on_both


def authors(desk: Desk, conversation_id: str) -> list[str]:
    return [message.author for message in desk.house.messages(conversation_id)]


@on_both
def test_two_who_claim_at_once_one_wins_and_the_other_is_told_who(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    together = threading.Barrier(2)

    def try_to(who: str) -> str:
        together.wait(10)
        try:
            desk.claim(chat, who)
        except staff.AlreadyClaimed as error:
            return error.holder_name
        return "claimed"

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(try_to, (desk.lena, desk.tom)))
    winner = {"Lena Marsh": desk.lena, "Tom Hale": desk.tom}
    (told,) = [end for end in ends if end != "claimed"]
    assert desk.house.conversation(chat.id).holder == winner[told]


def test_claimed_again_by_the_same_person_it_stays_theirs(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    first = desk.claim(chat).assigned_at
    desk.house.clock.advance(timedelta(minutes=1))
    assert desk.claim(chat).assigned_at == first


def test_what_nobody_waits_for_cannot_be_claimed_only_taken_over(desk: Desk) -> None:
    chat = desk.house.chat()
    chat.say("hello")
    with pytest.raises(staff.NotQueued):
        desk.claim(chat)
    desk.take_over(chat)
    assert desk.house.conversation(chat.id).mode == Mode.PERSON


def test_while_a_person_has_it_the_bot_is_not_asked(desk: Desk) -> None:
    chat = desk.house.chat()
    chat.say("hello")
    desk.take_over(chat)
    answer = chat.say("is somebody there?")
    assert answer["replies"] == []
    assert answer["mode"] == "person"
    assert len(desk.house.rasa.asked) == 1
    assert desk.house.messages(chat.id)[-1].turn_state == TurnState.QUEUED


@on_both
def test_a_turn_under_way_says_nothing_after_the_take_over(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.house.rasa.hold = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(chat.say, "I want to return my boots")
        for _ in range(500):
            if desk.house.rasa.asked:
                break
            threading.Event().wait(0.01)
        desk.take_over(chat)
        desk.house.rasa.hold.set()
        assert waiting.result()["replies"] == []
    desk.house.sweep()
    assert authors(desk, chat.id) == ["customer"]
    assert desk.house.conversation(chat.id).due_at is not None  # Lena owes an answer


def test_a_turn_that_fails_after_the_take_over_says_nothing_either(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.house.rasa.fault = "drop"
    chat.say("hello")
    said = authors(desk, chat.id)
    desk.take_over(chat)
    desk.house.clock.advance(timedelta(minutes=5))
    desk.house.sweep()
    assert authors(desk, chat.id) == said


def test_holding_one_conversation_silences_the_bot_in_the_others_of_that_person(desk: Desk) -> None:
    web, phone = desk.chat_of("C1"), desk.chat_of("C1")
    phone.say("hello")
    desk.escalate(web)
    desk.claim(web)
    answer = phone.say("I am here too")
    assert answer["replies"] == []
    other = desk.house.conversation(phone.id)
    assert (other.mode, other.holder, other.joined_to) == (Mode.PERSON, desk.lena, web.id)
    assert authors(desk, phone.id) == ["customer", "bot", "customer"]


def test_another_customer_still_has_the_bot(desk: Desk) -> None:
    mine, other = desk.chat_of("C1"), desk.chat_of("C2")
    desk.escalate(mine)
    desk.claim(mine)
    assert [reply["author"] for reply in other.say("hello")["replies"]] == ["bot"]


def test_a_turn_in_which_the_visitor_proves_to_be_that_person_says_nothing(desk: Desk) -> None:
    """The bot found out who writes while a colleague talks with them elsewhere."""
    held, visitor = desk.chat_of("C1"), desk.house.chat()
    desk.escalate(held)
    customer_id = desk.claim(held).customer_id
    desk.house.rasa.hold = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(visitor.say, "my order please")
        for _ in range(500):
            if desk.house.rasa.asked:
                break
            threading.Event().wait(0.01)
        desk.do(verify.link, visitor.id, customer_id, verified_by="code")
        desk.house.rasa.hold.set()
        assert waiting.result()["replies"] == []
    assert desk.house.conversation(visitor.id).holder == desk.lena


def test_a_colleague_cannot_take_another_conversation_of_somebody_who_is_talked_with(
    desk: Desk,
) -> None:
    one, two = desk.chat_of("C1"), desk.chat_of("C1")
    two.say("hello")
    desk.escalate(one)
    desk.claim(one)
    with pytest.raises(staff.AlreadyClaimed, match="Lena Marsh"):
        desk.take_over(two, desk.tom)


@on_both
def test_claiming_takes_the_persons_other_waiting_conversations_along(desk: Desk) -> None:
    one, two = desk.chat_of("C1"), desk.chat_of("C1")
    desk.escalate(one)
    desk.escalate(two)
    desk.claim(one)
    assert desk.house.conversation(two.id).holder == desk.lena


def test_released_it_waits_in_the_queue_with_a_deadline(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    desk.claim(chat)
    desk.do(staff.release, chat.id, desk.lena, policies=desk.policies)
    released = desk.house.conversation(chat.id)
    assert (released.mode, released.holder) == (Mode.QUEUED, None)
    assert released.due_at is not None
    assert released.rank_at is not None
    desk.claim(chat, desk.tom)


def test_passed_on_to_a_colleague_they_have_it_with_the_note(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    desk.claim(chat)
    passed = desk.do(
        staff.pass_on, chat.id, desk.lena, policies=desk.policies,
        to_staff=desk.tom, note="She wants the blue ones",
    )  # fmt: skip
    assert passed.holder == desk.tom
    with desk.house.container.database.read() as session:
        (note,) = staff.notes_about(session, passed.customer_id)
    assert note.text == "To Tom Hale: She wants the blue ones"
    with pytest.raises(staff.NotYours, match="Tom Hale"):
        desk.reply(chat, "hello")


def test_nothing_is_passed_on_to_somebody_who_does_not_talk_with_customers(desk: Desk) -> None:
    analyst = hire(desk.house, "Mia Roth", role=Role.CX)
    chat = desk.house.chat()
    desk.escalate(chat)
    desk.claim(chat)
    with pytest.raises(Invalid, match="Mia Roth does not talk with customers"):
        desk.do(staff.pass_on, chat.id, desk.lena, policies=desk.policies, to_staff=analyst)
    assert desk.house.conversation(chat.id).holder == desk.lena


def test_passed_on_to_a_team_it_waits_in_that_teams_queue(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    desk.claim(chat)
    passed = desk.do(
        staff.pass_on, chat.id, desk.lena, policies=desk.policies, to_team="finance"
    )  # fmt: skip
    assert (passed.mode, passed.team, passed.holder) == (Mode.QUEUED, "finance", None)
    desk.claim(chat)
    with pytest.raises(Invalid, match="warehouse"):
        desk.do(staff.pass_on, chat.id, desk.lena, policies=desk.policies, to_team="nobody")


def test_only_a_lead_passes_on_what_a_colleague_has(desk: Desk) -> None:
    lead = hire(desk.house, "Ada Quin", role=Role.LEAD)
    chat = desk.house.chat()
    desk.escalate(chat)
    desk.claim(chat)
    with pytest.raises(staff.NotYours):
        desk.do(staff.pass_on, chat.id, desk.tom, policies=desk.policies, to_staff=desk.tom)
    desk.do(staff.pass_on, chat.id, lead, policies=desk.policies, to_staff=desk.tom)
    assert desk.house.conversation(chat.id).holder == desk.tom


def test_nobody_is_passed_more_than_they_agreed_to_but_by_a_lead(desk: Desk) -> None:
    busy = hire(desk.house, "Bea Long", capacity=1)
    lead = hire(desk.house, "Ada Quin", role=Role.LEAD)
    one, two = desk.house.chat(), desk.house.chat()
    for chat in (one, two):
        desk.escalate(chat)
    desk.claim(one, busy)
    desk.claim(two)
    with pytest.raises(staff.AtCapacity, match="Bea Long"):
        desk.do(staff.pass_on, two.id, desk.lena, policies=desk.policies, to_staff=busy)
    assert desk.house.conversation(two.id).holder == desk.lena
    desk.do(staff.pass_on, two.id, lead, policies=desk.policies, to_staff=busy)
    assert desk.house.conversation(two.id).holder == busy
    with desk.house.container.database.read() as session:
        assert "2 conversations in hand; the limit is 1" in staff.over_capacity(session, busy)
        assert staff.over_capacity(session, desk.lena) == ""


def test_put_aside_it_is_back_when_the_customer_writes(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    desk.claim(chat)
    desk.reply(chat, "I ask the warehouse")
    desk.do(staff.snooze, chat.id, desk.lena, until_customer_answers=True)
    assert desk.house.conversation(chat.id).snoozed == "until_answer"
    chat.say("any news?")
    assert desk.house.conversation(chat.id).snoozed is None


def test_nothing_is_put_aside_until_a_time_that_has_passed(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    desk.claim(chat)
    past = desk.house.clock.now() - timedelta(minutes=1)
    with pytest.raises(Invalid, match="passed"):
        desk.do(staff.snooze, chat.id, desk.lena, until=past)


def test_nobody_holds_more_than_they_agreed_to(desk: Desk) -> None:
    busy = hire(desk.house, "Bea Long", capacity=1)
    one, two = desk.house.chat(), desk.house.chat()
    desk.escalate(one)
    desk.escalate(two)
    desk.claim(one, busy)
    with pytest.raises(staff.AtCapacity, match="which is the limit"):
        desk.claim(two, busy)
    desk.do(staff.snooze, one.id, busy, until_customer_answers=True)
    desk.claim(two, busy)


def test_every_step_is_in_the_audit_and_in_the_journey(desk: Desk) -> None:
    chat = desk.chat_of("C1")
    desk.escalate(chat, HandoverReason.ANGRY)
    customer_id = desk.claim(chat).customer_id
    with desk.house.container.database.read() as session:
        did = session.scalars(
            select(Audit.did).where(Audit.subject == customer_id, Audit.who == f"staff:{desk.lena}")
        ).all()
        kinds = session.scalars(
            select(Touchpoint.kind).where(Touchpoint.conversation_id == chat.id)
        ).all()
    assert list(did) == ["conversation.claimed"]
    assert {"conversation.handed_over", "conversation.claimed"} <= set(kinds)
