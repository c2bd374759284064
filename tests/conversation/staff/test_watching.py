"""Promises about time: silence has consequences, and nobody waits on nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from careline.channels import shop_hooks
from careline.conversation import promising, staff
from careline.conversation.receive import receive
from careline.conversation.staff import alerts, watching
from careline.desk import promises as at_the_desk
from careline.desk import queue
from careline.journey.models import Case, Conversation, Email, Notice, Promise, Touchpoint
from careline.journey.words import HandoverReason, Mode
from careline.kit.ids import new_id
from careline.service import consents, promises
from careline.worker import tick
from tests.conversation.staff.desk import Desk, hire
from tests.house import Chat, open_house
from tests.services import on_both


def pass_time(desk: Desk, **by: float) -> None:
    desk.house.clock.advance(timedelta(**by))
    tick(desk.house.container)


def lines(chat: Chat) -> list[str]:
    return [m["text"] for m in chat.history() if m["author"] == "system"]


@pytest.fixture
def chat(desk: Desk) -> Chat:
    """Held by Lena, who owes an answer."""
    chat = desk.chat_of("C1")
    chat.say("hello")
    desk.escalate(chat)
    desk.claim(chat)
    return chat


def test_back_from_silent_staff_the_new_time_is_one_of_the_team(desk: Desk, chat: Chat) -> None:
    """Finance goes home at 11 on Fridays, and is back on Saturday at 9; now it is Friday, 12."""
    levels = desk.policies.service_levels
    support = levels.teams["support"]
    hours = support.hours.model_copy(update={"friday": (time(8), time(11))})
    teams = {**levels.teams, "finance": support.model_copy(update={"hours": hours})}
    policies = desk.policies.model_copy(
        update={"service_levels": levels.model_copy(update={"teams": teams})}
    )
    desk.do(staff.pass_on, chat.id, desk.lena, policies=policies, to_team="finance")
    desk.claim(chat)
    desk.house.clock.advance(timedelta(hours=2))
    desk.do(watching.return_from_silent_staff, policies=policies)
    returned = desk.house.conversation(chat.id)
    assert (returned.mode, returned.holder) == (Mode.QUEUED, None)
    assert returned.due_at == datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@on_both
def test_staff_silent_past_the_deadline_lose_it_and_the_customer_hears_it_once(
    desk: Desk, chat: Chat
) -> None:
    pass_time(desk, minutes=61)
    returned = desk.house.conversation(chat.id)
    assert (returned.mode, returned.holder) == (Mode.QUEUED, None)
    (line,) = lines(chat)
    assert "12:01" in line  # an hour from then
    pass_time(desk, minutes=1)
    assert lines(chat) == [line]
    desk.claim(chat, desk.tom)


def test_who_has_answered_loses_nothing_while_the_customer_is_silent(
    desk: Desk, chat: Chat
) -> None:
    desk.reply(chat, "Which size do you need?")
    pass_time(desk, hours=5)
    assert desk.house.conversation(chat.id).holder == desk.lena
    assert lines(chat) == []


def answered_and_left(desk: Desk, chat: Chat) -> None:
    """Lena has answered on Friday, and it should be settled by Monday at two."""
    desk.reply(chat, "Which size do you need?")
    pass_time(desk, days=3, hours=3)  # Monday, one o'clock
    assert desk.house.conversation(chat.id).holder == desk.lena


def test_what_nobody_settles_in_time_is_back_in_the_queue_with_a_time_of_its_own(
    desk: Desk, chat: Chat
) -> None:
    answered_and_left(desk, chat)
    pass_time(desk, hours=2)
    returned = desk.house.conversation(chat.id)
    assert (returned.mode, returned.holder) == (Mode.QUEUED, None)
    assert "Lena Marsh did not settle it in time" in returned.handover_summary
    assert missed(desk) == ["resolution"]
    assert lines(chat) == []  # nobody waits for a word
    desk.claim(chat, desk.tom)
    desk.reply(chat, "Do you still need it?", desk.tom)
    pass_time(desk, hours=4)
    assert desk.house.conversation(chat.id).holder == desk.tom


def test_who_is_still_at_it_keeps_it_past_its_resolution(desk: Desk, chat: Chat) -> None:
    answered_and_left(desk, chat)
    desk.reply(chat, "I have asked the warehouse")
    pass_time(desk, minutes=110)
    assert desk.house.conversation(chat.id).holder == desk.lena
    with desk.house.container.database.read() as session:
        now = desk.house.clock.now()
        found = queue.queue(session, now, staff_id=desk.lena, view="all", overdue=True)
    assert [row.id for row in found.rows] == [chat.id]  # and it is seen to be overdue
    assert found.counts["overdue"] == 1


def test_what_is_put_aside_until_a_time_is_not_taken_away_before(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "I look into it on Tuesday")
    until = desk.house.clock.now() + timedelta(days=4)
    desk.do(staff.snooze, chat.id, desk.lena, until=until)
    pass_time(desk, days=3, hours=23)
    assert desk.house.conversation(chat.id).holder == desk.lena
    pass_time(desk, hours=1)
    pass_time(desk, minutes=30)  # and then she has some time for it
    assert desk.house.conversation(chat.id).holder == desk.lena


def test_a_snooze_ends_at_its_time(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "I look into it")
    until = desk.house.clock.now() + timedelta(hours=2)
    desk.do(staff.snooze, chat.id, desk.lena, until=until)
    pass_time(desk, hours=1)
    assert desk.house.conversation(chat.id).snoozed == "until_time"
    pass_time(desk, hours=1)
    assert desk.house.conversation(chat.id).snoozed is None


def test_a_missed_service_level_is_in_the_record_once(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    pass_time(desk, minutes=61)
    pass_time(desk, minutes=1)
    with desk.house.container.database.read() as session:
        missed = session.scalars(
            select(Touchpoint).where(Touchpoint.kind == "service_level.missed")
        ).all()
    assert [one.about["clock"] for one in missed] == ["first_answer"]


def missed(desk: Desk) -> list[str]:
    with desk.house.container.database.read() as session:
        found = session.scalars(
            select(Touchpoint)
            .where(Touchpoint.kind == "service_level.missed")
            .order_by(Touchpoint.at)
        )
        return [one.about["clock"] for one in found]


def test_a_next_answer_that_is_missed_is_in_the_record(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "Which size do you need?")
    chat.say("38")
    pass_time(desk, minutes=31)  # the next answer's time on the web
    assert missed(desk) == ["next_answer"]


def test_a_resolution_that_is_missed_is_in_the_record(desk: Desk, chat: Chat) -> None:
    desk.reply(chat, "Which size do you need?")
    pass_time(desk, days=4)
    assert missed(desk) == ["resolution"]


def test_who_turns_angry_in_the_queue_has_the_shorter_time(desk: Desk) -> None:
    chat = desk.house.chat()
    desk.escalate(chat)
    before = desk.house.conversation(chat.id)
    chat.say("This is outrageous, I am furious with you")
    after = desk.house.conversation(chat.id)
    now = desk.house.clock.now()
    assert before.due_at == now + timedelta(minutes=60)
    assert after.due_at == now + timedelta(minutes=30)
    assert before.resolve_by == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    assert after.resolve_by == now + timedelta(minutes=540)
    assert any("10:30" in line for line in lines(chat))  # and that is what the customer is told


def test_who_is_angry_from_the_start_of_a_turn_with_people_is_answered_sooner(
    desk: Desk, chat: Chat
) -> None:
    desk.reply(chat, "Which size do you need?")
    chat.say("This is outrageous, I am furious with you")
    assert desk.house.conversation(chat.id).due_at == desk.house.clock.now() + timedelta(minutes=20)


def test_who_writes_to_a_team_that_is_closed_hears_when_it_is_there(desk: Desk, chat: Chat) -> None:
    """The first line said in a team's queue counts by that team's hours."""
    levels = desk.policies.service_levels
    support = levels.teams["support"]
    hours = support.hours.model_copy(update={"friday": (time(8), time(9))})
    teams = {**levels.teams, "finance": support.model_copy(update={"hours": hours})}
    policies = desk.policies.model_copy(
        update={"service_levels": levels.model_copy(update={"teams": teams})}
    )
    desk.do(staff.pass_on, chat.id, desk.lena, policies=policies, to_team="finance")
    with desk.house.container.database.begin() as session:
        conversation = session.get_one(Conversation, chat.id)
        conversation.due_at = desk.house.clock.now() - timedelta(minutes=1)
        received = receive(
            session,
            desk.house.clock.now(),
            conversation_id=chat.id,
            provider_id="late",
            text="anybody?",
            policies=policies,
            secret="",
        )
        assert received.conversation.team == "finance"
    assert "10:00 tomorrow" in lines(chat)[-1]


def test_a_broken_promise_is_told_by_us_first_and_goes_to_the_queue(desk: Desk, chat: Chat) -> None:
    said = staff.PromiseSaid("your call back", date(2026, 11, 23))
    desk.reply(chat, "I call you on Monday", promise=said)
    desk.do(staff.hand_back, chat.id, desk.lena, "solved", policies=desk.policies)
    pass_time(desk, days=3)  # Monday, its last day
    assert desk.house.conversation(chat.id).mode == Mode.BOT
    pass_time(desk, days=1)
    queued = desk.house.conversation(chat.id)
    assert (queued.mode, queued.handover_reason) == (Mode.QUEUED, HandoverReason.PROMISE_BROKEN)
    assert "promise_broken" in (queued.reasons or ())
    (line,) = lines(chat)
    assert "your call back" in line
    assert "Monday 23 November" in line
    with desk.house.container.database.read() as session:
        (email,) = session.scalars(select(Email).where(Email.to == "c1@example.com")).all()
    assert line in email.text
    pass_time(desk, minutes=1)
    assert lines(chat) == [line]


def broken_on_monday(desk: Desk, chat: Chat) -> None:
    """A call back was promised for Monday the 23rd; it is Tuesday, one o'clock at night."""
    said = staff.PromiseSaid("your call back", date(2026, 11, 23))
    desk.reply(chat, "I call you on Monday", promise=said)
    desk.do(staff.hand_back, chat.id, desk.lena, "solved", policies=desk.policies)
    pass_time(desk, days=3, hours=15)


def test_a_broken_promise_is_not_told_at_night(desk: Desk, chat: Chat) -> None:
    broken_on_monday(desk, chat)
    assert lines(chat) == []
    assert desk.house.conversation(chat.id).mode == Mode.BOT
    pass_time(desk, hours=7, minutes=59)
    assert lines(chat) == []
    pass_time(desk, minutes=1)
    (line,) = lines(chat)
    assert "your call back" in line


def test_who_wrote_stop_is_not_told_of_a_broken_promise_but_a_colleague_is(
    desk: Desk, chat: Chat
) -> None:
    broken_on_monday(desk, chat)
    with desk.house.container.database.begin() as session:
        customer = desk.house.conversation(chat.id).customer_id
        now = desk.house.clock.now()
        consents.refuse(session, now, customer, channel="web", how="wrote STOP", source_id="s1")
    pass_time(desk, hours=8)
    assert lines(chat) == []
    queued = desk.house.conversation(chat.id)
    assert (queued.mode, queued.handover_reason) == (Mode.QUEUED, HandoverReason.PROMISE_BROKEN)
    with desk.house.container.database.read() as session:
        noted = session.scalars(
            select(Touchpoint.summary).where(Touchpoint.kind == "promise.broken")
        ).one()
        assert session.scalars(select(Email).where(Email.to == "c1@example.com")).all() == []
    assert "the customer was not told" in noted


def test_a_promise_that_was_kept_says_nothing(desk: Desk, chat: Chat) -> None:
    said = staff.PromiseSaid("your call back", date(2026, 11, 23))
    desk.reply(chat, "I call you on Monday", promise=said)
    with desk.house.container.database.begin() as session:
        now = desk.house.clock.now()
        promised = session.scalars(select(Promise)).one()
        assert at_the_desk.due_soon(session, now).promised == []
        (shown,) = at_the_desk.due_soon(session, now + timedelta(days=2)).promised
        assert (shown.days_left, shown.said_by) == (1, "Lena Marsh")
        at_the_desk.mark_kept(session, now, promised.id, desk.lena)
    pass_time(desk, days=10)
    assert [line for line in lines(chat) if "call back" in line] == []


def test_a_broken_promise_while_a_person_is_in_charge_is_theirs_to_say(
    desk: Desk, chat: Chat
) -> None:
    said = staff.PromiseSaid("your call back", date(2026, 11, 20))
    desk.reply(chat, "I call you today", promise=said)
    pass_time(desk, days=1)
    held = desk.house.conversation(chat.id)
    assert (held.mode, held.holder) == (Mode.PERSON, desk.lena)
    assert lines(chat) == []
    assert held.due_at is not None  # she owes a word
    assert held.rank_at is not None
    assert "promise_broken" in (held.reasons or ())
    with desk.house.container.database.read() as session:
        assert session.scalars(select(Promise.state)).one() == "broken"
        (note,) = staff.notes_about(session, held.customer_id)
    assert (note.author_name, note.conversation_id) == ("Careline", chat.id)
    assert "your call back" in note.text


def test_who_waits_too_long_is_told_outside_once_signed_and_tried_again(tmp_path: Path) -> None:
    with (
        listener() as (url, calls),
        open_house(tmp_path, alert_email="boss@shop.example", alert_webhook=url) as house,
    ):
        desk = Desk(house, hire(house, "Lena Marsh"), "")
        chat = house.chat()
        desk.escalate(chat)
        calls.status = 503
        pass_time(desk, minutes=75)
        pass_time(desk, seconds=30)  # too soon for another try
        assert len(calls.heard) == 1
        calls.status = 200
        pass_time(desk, minutes=2)
        pass_time(desk, minutes=2)
        first, second = calls.heard
        assert first["X-Careline-Delivery"] == second["X-Careline-Delivery"]
        assert json.loads(second["body"])["conversation"] == chat.id
        secret = house.container.settings.alert_secret.get_secret_value()
        shop_hooks.verify(
            secret,
            second["body"],
            second["X-Careline-Timestamp"],
            second["X-Careline-Signature"],
            house.clock.now(),
        )
        with house.container.database.read() as session:
            (email,) = session.scalars(select(Email).where(Email.to == "boss@shop.example")).all()
            assert session.scalars(select(Notice.delivery)).one() == "delivered"
        assert "15 minutes" in email.subject


def test_what_is_not_settled_in_time_is_told_outside_once(tmp_path: Path) -> None:
    with open_house(tmp_path, alert_email="boss@shop.example") as house:
        desk = Desk(house, hire(house, "Lena Marsh"), "")
        chat = house.chat()
        desk.escalate(chat)
        desk.claim(chat)
        answered_and_left(desk, chat)
        desk.reply(chat, "I have asked the warehouse")  # still at it, half an hour past the time
        pass_time(desk, hours=1, minutes=30)
        pass_time(desk, minutes=5)
        with house.container.database.read() as session:
            (email,) = session.scalars(select(Email).where(Email.to == "boss@shop.example")).all()
    assert "30 minutes" in email.subject
    assert chat.id in email.text


def test_all_who_wait_too_long_are_told_of_however_many(tmp_path: Path) -> None:
    with open_house(tmp_path, alert_email="boss@shop.example") as house:
        desk = Desk(house, hire(house, "Lena Marsh"), "")
        for _ in range(alerts.BATCH + 5):
            desk.escalate(house.chat())
        house.clock.advance(timedelta(minutes=75))
        with house.container.database.begin() as session:
            outside = alerts.Outside(email="boss@shop.example")
            told = [
                alerts.alert(session, house.clock.now(), desk.policies, outside) for _ in range(3)
            ]
        assert told == [alerts.BATCH, 5, 0]


@on_both
def test_a_hundred_promises_that_stay_open_do_not_hide_the_next_one(desk: Desk, chat: Chat) -> None:
    with desk.house.container.database.begin() as session:
        customer = desk.house.conversation(chat.id).customer_id
        now = desk.house.clock.now()
        for n in range(promising.BATCH + 2):
            session.add(_goods_not_back(session, now, customer, chat.id, n))
        session.add(_promise(now, customer, "your call back", "later", date(2026, 11, 12), chat.id))
    shop = CountingShop(desk.house.container.services.shop)
    services = replace(desk.house.container.services, shop=shop)
    leave = desk.house.container.touches.leave_for_news
    assert promising.look_after(services, leave) == [chat.id]
    asked = shop.asked
    assert asked == promising.BATCH + 2
    assert promising.look_after(services, leave) == []
    assert shop.asked == asked  # not again at once
    desk.house.clock.advance(promising.LOOK_AGAIN_AFTER)
    promising.look_after(services, leave)
    assert shop.asked == 2 * asked


class CountingShop:
    """The shop, and how often it was asked for an order."""

    def __init__(self, shop: Any) -> None:
        self._shop = shop
        self.asked = 0

    def order(self, number: str) -> Any:
        self.asked += 1
        return self._shop.order(number)


def _goods_not_back(
    session: Session, now: datetime, customer: str, conversation: str, n: int
) -> Promise:
    case = Case(
        id=new_id("cas"), number=f"CL-9{n:05}", key=f"not back:{n}", customer_id=customer,
        conversation_id=conversation, kind="return", state="resolved", order_number="1",
        opened_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(case)
    session.flush()
    promise = _promise(
        now, customer, promises.REFUND_AFTER_RETURN, f"refund:{n}", date(2026, 11, 10), conversation
    )
    promise.case_id, promise.reference = case.id, f"R{n}"
    return promise


def _promise(
    now: datetime, customer: str, what: str, key: str, due_on: date, conversation: str
) -> Promise:
    return Promise(
        id=new_id("prm"), key=key, customer_id=customer, what=what, due_on=due_on, state="open",
        conversation_id=conversation, created_at=now, updated_at=now,
    )  # fmt: skip


class Calls:
    def __init__(self) -> None:
        self.status = 200
        self.heard: list[dict] = []  # type: ignore[type-arg]


@contextmanager
def listener() -> Iterator[tuple[str, Calls]]:
    calls = Calls()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            calls.heard.append({**dict(self.headers.items()), "body": body})
            self.send_response(calls.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/alerts", calls
    finally:
        server.shutdown()
        server.server_close()
