"""The queue as staff see it: who comes first, what a row tells, what the views hold."""

from datetime import date, timedelta
from typing import Any

import pytest

from careline.conversation import staff
from careline.desk import promises, queue
from careline.journey.models import Case
from careline.journey.words import HandoverReason
from careline.kit.errors import Invalid
from tests.conversation.staff.desk import Desk
from tests.house import Chat
from tests.services import on_both

pytestmark = on_both


def look(desk: Desk, **more: Any) -> queue.Queue:
    with desk.house.container.database.read() as session:
        return queue.queue(session, desk.house.clock.now(), staff_id=desk.lena, **more)


def ids(desk: Desk, **more: Any) -> list[str]:
    return [row.id for row in look(desk, **more).rows]


def waiting(desk: Desk, ref: str = "", reason: str = "asked_for") -> Chat:
    chat = desk.chat_of(ref) if ref else desk.house.chat()
    desk.escalate(chat, HandoverReason(reason))
    return chat


def test_a_row_tells_all_that_is_needed_without_a_click(desk: Desk) -> None:
    chat = desk.chat_of("C1")
    chat.say("this is a disgrace, I am furious!")
    desk.escalate(chat, HandoverReason.ANGRY)
    (row,) = look(desk).rows
    assert row.customer_name == "Anna C1"
    assert row.is_verified
    assert (row.channel, row.mode, row.team) == ("web", "queued", "support")
    assert row.reason == "angry"
    assert "angry" in row.reasons
    assert row.priority == 1
    assert row.summary == "Return of the Harbour boots; photo given"
    assert row.last_text.startswith("this is a disgrace")
    assert row.emotion == "angry"
    assert row.waiting_since == desk.house.clock.now()
    assert row.due_at == desk.house.clock.now() + timedelta(minutes=30)
    assert row.is_first_answer
    assert row.resolve_by is not None


def test_danger_comes_before_anger_before_those_who_only_waited_longer(desk: Desk) -> None:
    first = waiting(desk)
    desk.house.clock.advance(timedelta(minutes=5))
    angry = waiting(desk, reason="angry")
    danger = waiting(desk, reason="safety")
    assert ids(desk) == [danger.id, angry.id, first.id]


def test_whose_deadline_is_long_past_overtakes_the_angry(desk: Desk) -> None:
    patient = waiting(desk)
    desk.house.clock.advance(timedelta(hours=3))
    angry = waiting(desk, reason="angry")
    assert ids(desk) == [patient.id, angry.id]


def test_the_views_hold_what_their_names_say_and_the_counts_agree(desk: Desk) -> None:
    mine, toms, free, aside = (waiting(desk, f"C{n}") for n in range(4))
    desk.claim(mine)
    desk.claim(toms, desk.tom)
    desk.claim(aside)
    desk.do(staff.snooze, aside.id, desk.lena, until_customer_answers=True)
    expected = {
        "mine": [mine.id],
        "unassigned": [free.id],
        "team": [free.id],
        "all": [mine.id, toms.id, free.id, aside.id],
        "snoozed": [aside.id],
    }
    for view, held in expected.items():
        assert sorted(ids(desk, view=view)) == sorted(held), view
        assert look(desk).counts[view] == len(held), view


def test_a_team_sees_its_own_queue(desk: Desk) -> None:
    chat = waiting(desk)
    desk.claim(chat)
    desk.do(staff.pass_on, chat.id, desk.lena, policies=desk.policies, to_team="finance")
    assert ids(desk, view="team", teams=["support"]) == []
    assert ids(desk, view="team", teams=["finance"]) == [chat.id]


def test_filters_by_channel_kind_lateness_and_words(desk: Desk) -> None:
    chat, other = waiting(desk, "C1"), waiting(desk, "C2")
    case_about(desk, chat, "faulty")
    assert ids(desk, kind="faulty") == [chat.id]
    assert ids(desk, channel="whatsapp") == []
    assert ids(desk, overdue=True) == []
    desk.house.clock.advance(timedelta(hours=2))
    assert sorted(ids(desk, overdue=True)) == sorted([chat.id, other.id])
    for words in ("anna c1", "c1@example.com", "CL-1", "10482", "#10482"):
        assert ids(desk, search=words) == [chat.id], words
    assert ids(desk, search="100%_") == []


def test_who_waits_is_found_by_what_they_said(desk: Desk) -> None:
    chat, other = desk.chat_of("C1"), desk.chat_of("C2")
    chat.say("the kettle hums a strange tune")
    other.say("hello")
    desk.escalate(chat)
    desk.escalate(other)
    assert ids(desk, search="strange kett") == [chat.id]
    assert ids(desk, search="strange lamp") == []


def test_pages_follow_one_another_without_gaps(desk: Desk) -> None:
    chats = [waiting(desk).id for _ in range(5)]
    seen, after = [], None
    while True:
        page = look(desk, limit=2, after=after)
        seen += [row.id for row in page.rows]
        after = page.after
        if after is None:
            break
    assert sorted(seen) == sorted(chats)


def test_a_view_that_there_is_not_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid, match="unassigned"):
        look(desk, view="everything")


def case_about(desk: Desk, chat: Chat, kind: str) -> None:
    now = desk.house.clock.now()
    with desk.house.container.database.begin() as session:
        session.add(
            Case(
                id="cas_1", number="CL-1", key="one", conversation_id=chat.id,
                customer_id=desk.house.conversation(chat.id).customer_id, kind=kind,
                state="handed_over", order_number="10482", opened_at=now,
                created_at=now, updated_at=now,
            )
        )  # fmt: skip


def test_whom_the_bot_talks_with_can_be_looked_at_and_found(desk: Desk) -> None:
    chat, other = desk.chat_of("C1"), desk.chat_of("C2")
    chat.say("where is my parcel")
    other.say("hello")
    desk.escalate(other)
    found = with_bot(desk)
    assert [row.id for row in found.rows] == [chat.id]
    assert found.counts["unassigned"] == 1
    assert [row.id for row in with_bot(desk, search="anna c1").rows] == [chat.id]
    assert with_bot(desk, search="anna c2").rows == []


def with_bot(desk: Desk, search: str = "") -> queue.Queue:
    with desk.house.container.database.read() as session:
        return queue.aside(
            session, desk.house.clock.now(), view="bot", staff_id=desk.lena, search=search
        )


def test_a_promise_is_seen_on_the_row_the_day_before_it_is_due(desk: Desk) -> None:
    chat = waiting(desk)
    desk.claim(chat)
    monday = staff.PromiseSaid("your call back", date(2026, 11, 23))
    desk.reply(chat, "I call you on Monday", promise=monday)
    saturday = desk.house.clock.now() + timedelta(days=1)
    with desk.house.container.database.read() as session:
        row = queue.row(session, chat.id)
        assert row is not None
        days = [row.promise_in(saturday + timedelta(days=n)) for n in range(4)]
        due = [promises.due_mark(session, saturday + timedelta(days=n))[0] for n in range(2)]
    assert days == [None, 1, 0, -1]
    assert due == [0, 1]


def test_promises_are_shown_page_by_page_and_none_is_left_out(desk: Desk) -> None:
    chat = waiting(desk)
    desk.claim(chat)
    for n in range(5):
        said = staff.PromiseSaid(f"call {n}", date(2026, 11, 20))
        desk.reply(chat, "I call you today", promise=said)
    seen, after = [], None
    with desk.house.container.database.read() as session:
        now = desk.house.clock.now()
        for _ in range(3):
            page = promises.due_soon(session, now, limit=2, after=after)
            seen += [one.what for one in page.promised]
            after = page.after
    assert after is None
    assert sorted(seen) == [f"call {n}" for n in range(5)]
