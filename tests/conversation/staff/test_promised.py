"""Promises about what colleagues promise in their own words: nothing with a day is lost."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from careline.conversation import staff
from careline.conversation.staff.promised import NO_RIBBON, PromiseSaid, Ribbon, all_of
from careline.desk import promises as at_the_desk
from careline.journey.models import Case, Promise
from careline.kit.errors import Invalid, NotFound
from careline.service import promises
from careline.service.said_promises import SaidPromise
from tests.conversation.staff.desk import Desk
from tests.house import Chat
from tests.services import on_both

FRIDAY, TUESDAY = date(2026, 11, 27), date(2026, 11, 24)


@pytest.fixture
def chat(desk: Desk) -> Chat:
    """Held by Lena; it is Friday 20 November."""
    chat = desk.chat_of("C1")
    chat.say("hello")
    desk.escalate(chat)
    desk.claim(chat)
    return chat


def rows(desk: Desk) -> list[Promise]:
    with desk.house.container.database.read() as session:
        return list(session.scalars(select(Promise).order_by(Promise.created_at, Promise.key)))


def written(desk: Desk) -> list[tuple[str, date, str]]:
    return [(one.what, one.due_on, one.state) for one in rows(desk)]


@on_both
def test_what_is_promised_without_a_ribbon_is_written_down_once(desk: Desk, chat: Chat) -> None:
    words = "You'll have your refund within 5 working days, and I'll call you on Tuesday."
    for _ in range(2):
        desk.reply(chat, words, client_id="a")
    assert written(desk) == [("refund_paid", FRIDAY, "open"), ("call_made", TUESDAY, "open")]
    assert [one.words for one in rows(desk)] == [
        "You'll have your refund within 5 working days",
        "I'll call you on Tuesday",
    ]


@on_both
def test_what_the_writer_says_is_none_is_none(desk: Desk, chat: Chat) -> None:
    no = Ribbon(not_promised=["I'll be in Leeds and send it by Friday"])
    desk.reply(chat, "I'll be in Leeds and send it by Friday, as Tom does", ribbon=no)
    assert written(desk) == []


def test_sent_again_after_midnight_tomorrow_is_the_same_day(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "I'll call you tomorrow", client_id="a")
    desk.house.clock.advance(timedelta(hours=20))
    desk.reply(chat, "I'll call you tomorrow", client_id="a")
    assert written(desk) == [("call_made", date(2026, 11, 21), "open")]


def test_sent_again_with_another_ribbon_it_is_refused(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "I'll call you tomorrow", client_id="a")
    no = Ribbon(not_promised=["I'll call you tomorrow"])
    with pytest.raises(staff.AlreadySent):
        desk.reply(chat, "I'll call you tomorrow", client_id="a", ribbon=no)


def test_the_words_of_a_hand_back_promise_too(desk: Desk, chat: Chat) -> None:
    desk.hand_back(chat, "refund_done", words="The money is back on your card by Friday.")
    assert written(desk) == [("refund_paid", FRIDAY, "open")]


def test_the_words_of_a_hand_back_may_be_none(desk: Desk, chat: Chat) -> None:
    no = Ribbon(not_promised=["It will be Friday by then"])
    desk.hand_back(chat, "solved", words="It will be Friday by then", ribbon=no)
    assert written(desk) == []


def test_card_numbers_are_masked_in_the_words_of_a_promise(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "I'll refund it to 4111 1111 1111 1111 by Friday")
    (one,) = rows(desk)
    assert "4111 1111" not in (one.words or "")


@on_both
def test_the_newest_word_counts_and_withdrawn_the_former_one_again(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "Your refund is there by Tuesday")
    desk.house.clock.advance(timedelta(hours=1))
    desk.reply(chat, "Sorry, your refund will be there by Friday")
    assert written(desk) == [("refund_paid", TUESDAY, "replaced"), ("refund_paid", FRIDAY, "open")]
    desk.do(at_the_desk.was_none, rows(desk)[1].id, desk.lena)
    assert written(desk) == [("refund_paid", TUESDAY, "open"), ("refund_paid", FRIDAY, "withdrawn")]


def promised_by_the_bot(desk: Desk, chat: Chat, what: str, due_on: date) -> None:
    """As a case of this conversation has it."""
    conversation = desk.house.conversation(chat.id)
    now = desk.house.clock.now()
    with desk.house.container.database.begin() as session:
        case = Case(
            id="cas_1", number="CL-1", key="k", customer_id=conversation.customer_id,
            conversation_id=chat.id, kind="refund", opened_at=now, created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(case)
        session.flush()
        promises.promise(session, now, case, what=what, due_on=due_on, reference="R1")


@pytest.mark.parametrize("what", [promises.REFUND_PAID, promises.REFUND_AFTER_RETURN])
def test_what_keeps_the_bots_promise_keeps_the_colleagues_word_for_it(
    desk: Desk, chat: Chat, what: str
) -> None:
    promised_by_the_bot(desk, chat, what, TUESDAY)
    for _ in range(2):
        desk.reply(chat, "Your money is back by Friday", client_id="a")
    assert sorted(state for _, _, state in written(desk)) == ["open", "replaced"]
    with desk.house.container.database.begin() as session:
        promises.keep(session, desk.house.clock.now(), reference="R1")
    assert "open" not in [state for _, _, state in written(desk)]


def test_what_ends_the_bots_promise_ends_the_colleagues_word_for_it(desk: Desk, chat: Chat) -> None:
    promised_by_the_bot(desk, chat, promises.TRACE_ANSWERED, TUESDAY)
    desk.reply(chat, "The carrier will find out where it is by Friday")
    with desk.house.container.database.begin() as session:
        case = session.get_one(Case, "cas_1")
        promises.withdraw(session, desk.house.clock.now(), case, promises.TRACE_ANSWERED)
    assert "open" not in [state for _, _, state in written(desk)]


def test_an_answer_keeps_the_promise_of_one_but_not_in_the_same_breath(
    desk: Desk, chat: Chat
) -> None:
    desk.reply(chat, "I'll get back to you on Tuesday")
    desk.reply(chat, "And thank you for the photo")
    assert written(desk) == [("answer_given", TUESDAY, "open")]
    desk.house.clock.advance(timedelta(days=3))
    desk.reply(chat, "The workshop says it is the zip")
    assert written(desk) == [("answer_given", TUESDAY, "kept")]


def test_a_ready_replys_answer_is_kept_by_an_answer_too(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "I come back to you here today", promise=PromiseSaid("our answer", FRIDAY))
    assert [one.what for one in rows(desk)] == ["answer_given"]


def test_only_what_a_person_said_can_be_no_promise(desk: Desk, chat: Chat) -> None:
    promised_by_the_bot(desk, chat, promises.REFUND_PAID, TUESDAY)
    with pytest.raises(Invalid, match="assistant"):
        desk.do(at_the_desk.was_none, rows(desk)[0].id, desk.lena)
    with pytest.raises(NotFound):
        desk.do(at_the_desk.was_none, "prm_none", desk.lena)


def test_no_ribbon_says_more_than_a_message_can(desk: Desk, chat: Chat) -> None:
    many = Ribbon([PromiseSaid(f"thing {n}", FRIDAY) for n in range(11)])
    with pytest.raises(Invalid, match="At most"):
        desk.reply(chat, "all of it", ribbon=many)


CALL = SaidPromise("call_made", TUESDAY, "I'll call you on Tuesday")
MONEY = SaidPromise("refund_paid", FRIDAY, "your refund is there by Friday")
READ_CALL = PromiseSaid(CALL.what, CALL.due_on, CALL.words)
READ_MONEY = PromiseSaid(MONEY.what, MONEY.due_on, MONEY.words)


@pytest.mark.parametrize(
    ("ribbon", "written_down"),
    [
        (NO_RIBBON, [READ_CALL, READ_MONEY]),
        (Ribbon(not_promised=["I'll call you on Tuesday"]), [READ_MONEY]),
        (Ribbon(not_promised=["I'll call you on Tuesday at two"]), [READ_MONEY]),  # typed on since
        (Ribbon(not_promised=["Other words"]), [READ_CALL, READ_MONEY]),
        # Another day than the words say: the writer knows.
        (
            Ribbon([PromiseSaid("our call", FRIDAY, CALL.words)]),
            [PromiseSaid("our call", FRIDAY, CALL.words), READ_MONEY],
        ),
        # Without words, for those with its day; else for the first.
        (
            Ribbon([PromiseSaid("money", FRIDAY)]),
            [PromiseSaid("money", FRIDAY, MONEY.words), READ_CALL],
        ),
        (
            Ribbon([PromiseSaid("a visit", date(2026, 12, 24))]),
            [PromiseSaid("a visit", date(2026, 12, 24), CALL.words), READ_MONEY],
        ),
        # Of words that were changed since: both are there to be looked at.
        (
            Ribbon([PromiseSaid("a visit", FRIDAY, "I'll come by")]),
            [PromiseSaid("a visit", FRIDAY, "I'll come by"), READ_CALL, READ_MONEY],
        ),
    ],
)
def test_the_ribbon_answers_for_its_words_and_the_rest_is_read(
    ribbon: Ribbon, written_down: list[PromiseSaid]
) -> None:
    assert all_of([CALL, MONEY], ribbon) == written_down
