"""What we say unasked, and what comes back: real Rasa, the real gate, a clock that is moved."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from careline.journey.models import (
    Consent,
    Conversation,
    Customer,
    Feedback,
    Promise,
    Touch,
)
from careline.journey.words import TouchState
from careline.kit.clock import FixedClock
from careline.kit.ids import new_id
from careline.service.policies import load_policies
from careline.service.recall import recall
from careline.touches.facts import CustomerFacts
from careline.touches.ports import Parcel, Put
from careline.touches.web_outlet import WebOutlet
from tests.flows import processes
from tests.flows.chat import Chat
from tests.flows.inside import Inside, app_inside
from tests.flows.processes import Bot, wait_until

LONDON = ZoneInfo("Europe/London")


class House:
    """The app at a time of ours, in which nobody is held out."""

    def __init__(self, inside: Inside, clock: FixedClock) -> None:
        self.inside, self.clock = inside, clock
        self.database = inside.container.database

    def opens_chat(self, ref: str) -> Chat:
        identity = self.inside.shop.customer(ref).identity(self.clock.now())
        return self.inside.shop.open_chat({"identity": identity})

    def days_pass(self, days: int) -> None:
        """To eleven o'clock of that day, or of Monday if it is a Sunday."""
        at = (self.clock.now() + timedelta(days=days)).astimezone(LONDON)
        at = at.replace(hour=11, minute=5) + timedelta(days=at.weekday() == 6)
        self.clock.set(at)

    def touches_go(self) -> None:
        self.inside.container.touches.plan()
        self.inside.container.touches.send_due()
        self.inside.container.touches.plan()
        wait_until(self._none_is_under_way, within=30, what="what the app's own threads send")

    def _none_is_under_way(self) -> bool:
        with self.database.read() as session:
            sending = select(Touch.id).where(Touch.state == TouchState.SENDING).limit(1)
            return session.scalar(sending) is None

    def touches_of(self, chat: Chat, playbook: str) -> list[Touch]:
        with self.database.read() as session:
            return list(
                session.scalars(
                    select(Touch)
                    .join(Conversation, Conversation.customer_id == Touch.customer_id)
                    .where(Conversation.id == chat.id, Touch.playbook == playbook)
                    .order_by(Touch.created_at)
                )
            )

    def sent(self, chat: Chat, playbook: str, **about: str) -> Touch:
        """A touch put into this chat by the real outlet, without waiting for its day."""
        now, container = self.clock.now(), self.inside.container
        book = container.playbooks[playbook]
        with self.database.begin() as session:
            conversation = session.get_one(Conversation, chat.id)
            customer = session.get_one(Customer, conversation.customer_id)
            touch = Touch(
                id=new_id("tch"), key=new_id("key"), customer_id=customer.id, playbook=playbook,
                trigger="test", trigger_at=now, about=about, due_at=now, planned_for=now,
                too_late_at=now, state=TouchState.SENT, sent_at=now, created_at=now,
                updated_at=now,
            )  # fmt: skip
            session.add(touch)
            session.flush()
            facts = CustomerFacts(customer.id, LONDON, "GB", "", customer.stage)
            worded = container.touches.words.word(
                book, touch, name=customer.name, locale="en_GB", zone=LONDON, now=now, facts=facts
            )
            (put,) = WebOutlet().put(session, now, [Parcel(touch, worded, facts, customer)])
            assert isinstance(put, Put)
            touch.conversation_id, touch.message_id = put.conversation_id, put.message_id
        assert put.conversation_id == chat.id
        return touch

    def touch(self, touch: Touch) -> Touch:
        with self.database.read() as session:
            return session.get_one(Touch, touch.id)

    def feedback(self, touch: Touch) -> Feedback | None:
        with self.database.read() as session:
            return session.scalar(select(Feedback).where(Feedback.key == f"touch:{touch.id}"))

    def refusals(self, chat: Chat) -> set[str]:
        with self.database.read() as session:
            customer = session.get_one(Conversation, chat.id).customer_id
            return set(
                session.scalars(
                    select(Consent.purpose).where(
                        Consent.customer_id == customer, Consent.state == "refused"
                    )
                )
            )


@pytest.fixture(scope="module")
def house(bot: Bot, seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    state = processes.copy_state(seeded, tmp_path_factory.mktemp("touches") / "var")
    policies = load_policies(processes.ROOT / "policies")
    contact = policies.contact
    nobody = contact.hold_out.model_copy(update={"percent": 0})
    policies = policies.model_copy(
        update={"contact": contact.model_copy(update={"hold_out": nobody})}
    )
    clock = FixedClock(datetime.now(UTC))
    settings = processes.app_settings(state, bot)
    with app_inside(settings, clock=clock, policies=policies) as inside:
        yield House(inside, clock)


def latest(chat: Chat) -> dict[str, Any]:
    return chat.history()[-1]


def presses(chat: Chat, title: str) -> str:
    """A button of the touch."""
    chat.replies = [latest(chat)]
    return chat.presses(title)


def test_from_the_parcel_to_the_thanks(house: House) -> None:
    chat = house.opens_chat("C1003")  # Grace, whose television came yesterday
    order = house.inside.shop.customer("C1003").order()["number"]
    house.touches_go()
    house.days_pass(2)
    house.touches_go()
    said = latest(chat)
    assert order in said["text"]
    assert "All good" in [button["title"] for button in said["buttons"]]
    answer = chat.says("it's cracked")
    assert f"from order {order}" in answer  # said back, so that a mistake would show
    chat.says("I can't take a photo")
    chat.says("yes please")
    case = chat.case()
    assert (case["kind"], case["order"], case["resolution"]) == ("faulty", order, "replacement")
    (check_in,) = house.touches_of(chat, "unboxing_check_in")
    assert check_in.answered_at is not None
    assert check_in.caused_case_id is not None

    with house.database.begin() as session:  # the new one arrives
        for promise in session.scalars(select(Promise)):
            promise.state = "kept"
    house.touches_go()
    house.days_pass(4)
    house.touches_go()
    asked = latest(chat)
    assert case["number"] in asked["text"]
    assert len(asked["buttons"]) == 6  # its numbers, and how to stop
    thanks = chat.says("4, but the driver was rude")
    assert "4" in thanks
    (follow_up,) = house.touches_of(chat, "case_follow_up")
    kept = house.feedback(follow_up)
    assert kept is not None
    assert (kept.kind, kept.score, kept.about) == ("csat", 4, f"case {case['number']}")
    complaint = next(c for c in chat.cases() if c["kind"] == "complaint")
    assert complaint["number"] in thanks
    assert "rude" in complaint["details"]
    assert chat.mode == "bot"  # nobody asked for a person


def test_from_the_safety_notice_to_the_money_or_another_one(house: House) -> None:
    """Nine days past the window: what the notice promised is done, and nobody asks why."""
    recall(house.inside.container.services, "Oxford brogues")
    chat = house.opens_chat("C1041")
    order = house.inside.shop.customer("C1041").order()["number"]
    house.touches_go()
    assert "Oxford brogues" in latest(chat)["text"]
    offered = presses(chat, "Send it back")
    assert "at our cost" in offered
    assert "past" not in offered
    assert any("Refund" in title or "refund" in title for title in chat.buttons)
    done = chat.presses("Send a new one")
    assert "recalled" not in done
    assert "The courier takes the other one along" in done
    case = chat.case()
    assert (case["kind"], case["order"], case["resolution"]) == ("return", order, "replacement")


SCORES = [
    ("csat_after_service", "5", 5),
    ("csat_after_service", "four stars", 4),
    ("csat_after_service", "⭐⭐⭐", 3),
    ("csat_after_service", "8 out of 10", 4),
    ("csat_after_service", "dunno, 3?", 3),
    ("csat_after_service", "great", 5),
    ("csat_after_service", "meh", 3),
    ("ces_after_return", "7", 7),
    ("ces_after_return", "six", 6),
    ("ces_after_return", "very easy", 7),
    ("nps_half_year", "9/10", 9),
    ("nps_half_year", "I'd say seven", 7),
    ("nps_half_year", "10!", 10),
    ("nps_half_year", "definitely", 10),
    ("review_request", "5 stars from me", 5),
]


def test_scores_on_every_scale_in_every_spelling(house: House) -> None:
    chat = house.opens_chat("C1008")
    read = {}
    for playbook, answer, _ in SCORES:
        touch = house.sent(chat, playbook, case="CL-100001", order="10001")
        chat.says(answer)
        kept = house.feedback(touch)
        read[playbook, answer] = kept.score if kept else None
        assert chat.mode == "bot", answer
        assert chat.buttons == [], answer  # the pleased are thanked and asked nothing more
    assert read == {(playbook, answer): score for playbook, answer, score in SCORES}


def test_a_half_answer_is_asked_about_once(house: House) -> None:
    chat = house.opens_chat("C1009")
    touch = house.sent(chat, "csat_after_service", case="CL-100001")
    assert "4 or 5" in chat.says("4 or 5")
    assert chat.buttons == ["4", "5"]
    chat.says("5 then")
    assert (kept := house.feedback(touch)) is not None
    assert kept.score == 5
    touch = house.sent(chat, "csat_after_service", case="CL-100001")
    assert "from 1 (poor) to 5 (great)" in chat.says("11")
    chat.says("whatever you like")
    assert (kept := house.feedback(touch)) is not None
    assert (kept.score, "whatever" in kept.words) == (None, True)


def test_a_button_counts_for_the_survey_that_it_stands_under(house: House) -> None:
    chat = house.opens_chat("C1010")
    touch = house.sent(chat, "ces_after_return", case="CL-100001")
    presses(chat, "7")
    assert (kept := house.feedback(touch)) is not None
    assert (kept.kind, kept.score) == ("ces", 7)
    chat.replies = [m for m in chat.history() if len(m.get("buttons") or []) == 8]
    assert "7 already" in chat.presses("1")
    assert (kept := house.feedback(touch)) is not None
    assert kept.score == 7


@pytest.mark.parametrize(
    ("ref", "playbook", "answer"),
    [
        ("C1011", "csat_after_service", "2, nobody wrote back for a week"),
        ("C1012", "nps_half_year", "3"),
        ("C1013", "ces_after_return", "very difficult"),
    ],
)
def test_an_unhappy_score_has_a_person(house: House, ref: str, playbook: str, answer: str) -> None:
    chat = house.opens_chat(ref)
    touch = house.sent(chat, playbook, case="CL-100001")
    said = chat.says(answer)
    case = chat.case()
    assert (case["kind"], case["state"]) == ("complaint", "handed_over")
    assert case["number"] in said
    record = chat.record()
    assert (record["mode"], record["handover_reason"]) == ("queued", "unhappy_score")
    assert answer in record["handover_summary"]
    assert house.feedback(touch) is not None
    assert house.touch(touch).caused_case_id is not None


def test_all_good_is_kept_in_words_and_nothing_is_asked(house: House) -> None:
    chat = house.opens_chat("C1014")
    for answer in ("all good thanks", "yes", "love it, works great"):
        touch = house.sent(chat, "unboxing_check_in", order="10001")
        chat.says(answer)
        assert chat.buttons == []
        assert (kept := house.feedback(touch)) is not None
        assert (kept.score, kept.words) == (None, answer)


def test_a_bare_no_is_asked_what_is_wrong(house: House) -> None:
    chat = house.opens_chat("C1015")
    order = house.inside.shop.customer("C1015").order()
    house.sent(chat, "unboxing_check_in", order=order["number"])
    assert "wrong" in chat.says("no")
    assert len(chat.buttons) == 3
    chat.presses(chat.buttons[0])
    offered = {title.split(",")[0] for title in chat.buttons[:-1]}
    assert offered <= {line["product"] for line in order["lines"]}  # of that order alone
    assert offered or order["number"] in chat.said


def test_who_asks_why_we_write_is_told_and_how_to_stop_it(house: House) -> None:
    chat = house.opens_chat("C1019")
    for question in ("why are you writing to me?", "how did you get my address?"):
        house.sent(chat, "win_back")
        assert "STOP" in chat.says(question)


def test_stop_stops_all_that_is_unasked_and_start_undoes_it(house: House) -> None:
    chat = house.opens_chat("C1016")
    touch = house.sent(chat, "anniversary")
    assert "START" in chat.says("Stop.")
    assert house.refusals(chat) == {"service", "marketing", "research"}
    assert house.touch(touch).opted_out_at is not None
    assert chat.says("where is my order?")  # answers go on
    chat.says("start")
    assert house.refusals(chat) == set()


def test_stop_in_the_middle_of_a_request_means_the_request(house: House) -> None:
    chat = house.opens_chat("C1017")
    chat.says("I want to return something")
    chat.says("stop")
    assert house.refusals(chat) == set()
    chat.says("unsubscribe me please")
    assert house.refusals(chat) == {"service", "marketing", "research"}
