"""Promises about what staff say: once, through the outbox, and never past the customer."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from careline.conversation import staff
from careline.journey.models import Promise
from careline.kit.errors import Invalid
from tests.conversation.staff.desk import Desk
from tests.house import Chat
from tests.services import on_both


@pytest.fixture
def chat(desk: Desk) -> Chat:
    """Held by Lena."""
    chat = desk.house.chat()
    chat.say("hello")
    desk.escalate(chat)
    desk.claim(chat)
    return chat


def test_the_customer_reads_it_with_the_name_of_who_wrote(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "Your boots leave today")
    shown = chat.history()[-1]
    assert (shown["author"], shown["text"]) == ("staff", "Your boots leave today")
    assert shown["name"] == "Lena Marsh"


@on_both
def test_the_same_client_id_is_one_message(desk: Desk, chat: Chat) -> None:
    first = desk.reply(chat, "Your boots leave today", client_id="a")
    again = desk.reply(chat, "Your boots leave today", client_id="a")
    assert again.id == first.id
    assert [m.author for m in desk.house.messages(chat.id)].count("staff") == 1


@on_both
def test_other_words_under_a_known_id_are_refused_and_what_was_sent_is_said(
    desk: Desk, chat: Chat
) -> None:
    desk.reply(chat, "Your boots leave today", client_id="a")
    with pytest.raises(staff.AlreadySent, match="“Your boots leave today” is there already"):
        desk.reply(chat, "Your boots leave on Monday", client_id="a")
    by_then = staff.PromiseSaid("boots sent", desk.house.clock.now().date())
    with pytest.raises(staff.AlreadySent):
        desk.reply(chat, "Your boots leave today", client_id="a", promise=by_then)
    assert [m.author for m in desk.house.messages(chat.id)].count("staff") == 1
    desk.do(staff.note, chat.id, desk.lena, "Knows the carrier", key="n")
    with pytest.raises(staff.AlreadySent):
        desk.do(staff.note, chat.id, desk.lena, "Knows the courier", key="n")


@on_both
def test_it_is_refused_when_the_customer_wrote_meanwhile(desk: Desk, chat: Chat) -> None:
    on_the_page = len(desk.house.messages(chat.id))
    chat.say("never mind, they arrived")
    with pytest.raises(staff.NewerMessage) as refused:
        desk.reply(chat, "We have refunded you", seen_up_to=on_the_page)
    assert refused.value.code == "newer_message"
    assert desk.house.messages(chat.id)[-1].text == "never mind, they arrived"
    desk.reply(chat, "Glad to hear it", seen_up_to=refused.value.position)


def test_only_who_holds_it_may_answer(desk: Desk, chat: Chat) -> None:
    with pytest.raises(staff.NotYours, match="Lena Marsh"):
        desk.reply(chat, "hello", desk.tom)


def test_nothing_written_is_nothing_sent(desk: Desk, chat: Chat) -> None:
    with pytest.raises(Invalid):
        desk.reply(chat, "  ")


def test_card_numbers_are_masked_in_what_staff_write_too(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "You paid with 4111 1111 1111 1111")
    assert "4111 1111" not in desk.house.messages(chat.id)[-1].text


def test_the_clock_stops_with_the_answer_and_starts_with_the_next_message(
    desk: Desk, chat: Chat
) -> None:
    desk.reply(chat, "Which size?")
    answered = desk.house.conversation(chat.id)
    assert (answered.due_at, answered.waiting_since) == (None, None)
    assert answered.first_answered_at == desk.house.clock.now()
    chat.say("42")
    waiting = desk.house.conversation(chat.id)
    assert waiting.due_at == desk.house.clock.now() + timedelta(minutes=30)


def test_a_note_is_never_shown_to_the_customer(desk: Desk, chat: Chat) -> None:
    desk.do(staff.note, chat.id, desk.tom, "Has been rude before", key="n1")
    desk.do(staff.note, chat.id, desk.tom, "Has been rude before", key="n1")
    assert "rude" not in str(chat.history())
    customer_id = desk.house.conversation(chat.id).customer_id
    with desk.house.container.database.read() as session:
        (note,) = staff.notes_about(session, customer_id)
    assert note.author_name == "Tom Hale"


def test_a_promise_said_in_a_reply_is_in_the_record(desk: Desk, chat: Chat) -> None:
    said = staff.PromiseSaid("call back", date(2026, 11, 24))
    desk.reply(chat, "I call you on Tuesday", promise=said, client_id="p")
    desk.reply(chat, "I call you on Tuesday", promise=said, client_id="p")
    with desk.house.container.database.read() as session:
        (promise,) = session.scalars(select(Promise).where(Promise.staff_id == desk.lena)).all()
    assert (promise.what, promise.due_on, promise.state) == (
        "call back", date(2026, 11, 24), "open",
    )  # fmt: skip


def test_delivered_and_read_marks_follow_the_customers_page(desk: Desk, chat: Chat) -> None:
    message = desk.reply(chat, "Your boots leave today")
    for read, state in ((False, "delivered"), (True, "read"), (False, "read")):
        desk.do(staff.seen_by_customer, chat.id, message.position, read=read)
        assert desk.house.messages(chat.id)[-1].delivery == state
    assert desk.house.conversation(chat.id).seen_position == message.position


def test_nothing_is_promised_for_a_day_that_has_passed(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    desk.claim(chat)
    yesterday = staff.PromiseSaid("your call back", date(2026, 11, 19))
    with pytest.raises(Invalid, match="has passed"):
        desk.reply(chat, "I call you", promise=yesterday)
    assert [m for m in desk.house.messages(chat.id) if m.author == "staff"] == []
    today = staff.PromiseSaid("your call back", date(2026, 11, 20))
    desk.reply(chat, "I call you", promise=today)
