"""What is due is sent once, by the way that reaches them; what is not says why."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from careline.channels.email.mailers import RefusedForGood
from careline.journey.models import Audit, Touchpoint
from careline.journey.words import Verdict
from careline.kit.database import Database
from careline.kit.errors import NotFound
from careline.touches import outcomes, pauses
from careline.touches.dispatch import LEASE
from careline.touches.planner import Event
from careline.touches.preview import preview
from careline.touches.trial import NotOfTheTeam
from tests.shops.doubles import UnreliableShop
from tests.touches.sending import (
    A_WEEK,
    CHECK_IN,
    FOLLOW_UP,
    OFFER,
    RECALL,
    SURVEY,
    Floor,
    PostOffice,
    floor_on,
    playbook,
    whys,
)


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    yield floor_on(database, tmp_path)
    database.close()


def test_a_due_touch_stands_in_the_chat_with_its_decision_and_its_event(floor: Floor) -> None:
    ana = floor.customer()
    touch = floor.touch(ana)
    counts = floor.dispatcher().run_due()
    assert (counts.sent, counts.held) == (1, 0)
    assert floor.written(ana) == [f"check_in about {floor.row(touch).subject}"]
    sent = floor.row(touch)
    assert (sent.state, sent.channel, sent.sent_at) == ("sent", "web", floor.clock.now())
    assert sent.delivered_at == floor.clock.now()
    assert floor.decisions(touch) == [("send", "fine")]
    with floor.database.read() as session:
        event = session.scalars(select(Touchpoint).where(Touchpoint.kind == "touch.sent")).one()
    assert event.about["playbook"] == "check_in"


def test_again_and_again_it_is_not_sent_again(floor: Floor) -> None:
    ana = floor.customer()
    floor.touch(ana)
    for _ in range(3):
        floor.dispatcher().run_due()
        floor.clock.advance(A_WEEK)
    assert len(floor.written(ana)) == 1


def test_what_is_not_due_yet_waits(floor: Floor) -> None:
    ana = floor.customer()
    floor.touch(ana, due=timedelta(minutes=5))
    assert floor.dispatcher().run_due().sent == 0
    floor.clock.advance(timedelta(minutes=5))
    assert floor.dispatcher().run_due().sent == 1


def test_who_is_not_in_the_chat_gets_an_e_mail_and_the_record_says_so(floor: Floor) -> None:
    ana = floor.customer(in_chat=False)
    touch = floor.touch(ana)
    floor.dispatcher().run_due()
    assert [mail.to for mail in floor.mails()] == [f"{ana}@example.org"]
    assert floor.decisions(touch) == [("swap", "channel_not_there")]


def test_a_chat_that_is_still_open_breaks_the_silence(floor: Floor) -> None:
    """It is no touchpoint before it ends."""
    silent = playbook("silent", when={"silence": {"days": 120}}, too_late_after={"days": 21})
    floor.playbooks["silent"] = silent
    ana, ben = floor.customer(), floor.customer()
    long_ago = floor.clock.now() - timedelta(days=121)
    quiet, talks = (
        floor.touch(who, silent, about={}, subject="", trigger_at=long_ago) for who in (ana, ben)
    )
    floor.writes(ben, "do you sell oak boards?")
    floor.clock.advance(timedelta(minutes=40))
    floor.dispatcher().run_due()
    assert floor.row(quiet).state == "sent"
    assert floor.decisions(talks) == [("drop", "overtaken")]


def test_a_customer_whose_rows_are_broken_keeps_nobody_else_waiting(floor: Floor) -> None:
    """Neither before it is claimed nor at the last look, when it breaks in between."""
    ana, ben, cem = floor.customer(), floor.customer(), floor.customer()
    sent, broken, breaks = floor.touch(ana), floor.touch(ben), floor.touch(cem)
    breaking(floor, ben)
    counts = floor.dispatcher(
        lambda step: breaking(floor, cem) if step == "claimed" else None
    ).run_due()
    assert (counts.sent, counts.held) == (1, 2)
    assert floor.row(sent).state == "sent"
    for touch in (broken, breaks):
        assert floor.decisions(touch) == [("hold", "fault")]
        assert floor.row(touch).due_at == floor.clock.now() + timedelta(hours=1)
    with floor.database.begin() as session:  # somebody has seen to it
        for row in session.scalars(select(Touchpoint).where(Touchpoint.kind == "order.placed")):
            row.about = {"order": "7"}
    floor.clock.advance(timedelta(hours=1))
    assert floor.dispatcher().run_due().sent == 2


def breaking(floor: Floor, customer_id: str) -> None:
    """A row that nobody should have written: what it is about is a list."""
    floor.happens(customer_id, "order.placed", order="7")
    with floor.database.begin() as session:
        for row in session.scalars(select(Touchpoint).where(Touchpoint.customer_id == customer_id)):
            row.about = ["not", "what", "it", "should", "be"]  # type: ignore[assignment]


@pytest.mark.parametrize("zone", ["US", "Canada", "Brazil"])
def test_a_zone_that_is_none_stops_no_sending(floor: Floor, zone: str) -> None:
    floor.touch(floor.customer(zone=zone))
    floor.touch(floor.customer())
    assert floor.dispatcher().run_due().sent == 2


def test_of_two_only_the_more_important_goes_and_the_other_is_judged_again(floor: Floor) -> None:
    ana = floor.customer()
    lesser, greater = floor.touch(ana, CHECK_IN), floor.touch(ana, FOLLOW_UP)
    counts = floor.dispatcher().run_due()
    assert (counts.sent, counts.held) == (1, 1)
    assert floor.row(greater).state == "sent"
    assert floor.decisions(lesser) == [("hold", "another_first")]
    assert floor.row(lesser).due_at == floor.clock.now() + timedelta(days=1)
    floor.clock.advance(timedelta(days=1))
    floor.is_in_the_chat(ana)
    assert floor.dispatcher().run_due().sent == 1


def test_a_case_on_another_channel_holds_it_until_it_is_resolved(floor: Floor) -> None:
    ana = floor.customer()
    case = floor.case(ana)
    touch = floor.touch(ana)
    floor.dispatcher().run_due()
    assert floor.decisions(touch) == [("hold", "open_case")]
    floor.case_is(case, "resolved")
    floor.clock.set(floor.row(touch).due_at)
    assert floor.dispatcher().run_due().sent == 1


def test_a_reason_is_written_once_however_often_it_is_judged(floor: Floor) -> None:
    ana = floor.customer()
    floor.case(ana)
    touch = floor.touch(ana)
    for _ in range(5):
        floor.dispatcher().run_due()
        floor.clock.set(floor.row(touch).due_at)
    assert floor.decisions(touch) == [("hold", "open_case")]
    assert floor.row(touch).holds == 5


def test_held_until_too_late_it_is_dropped_with_what_held_it(floor: Floor) -> None:
    ana = floor.customer()
    floor.case(ana)
    touch = floor.touch(ana)
    while floor.row(touch).state == "planned":
        floor.clock.set(floor.row(touch).due_at)
        floor.dispatcher().run_due()
    assert floor.row(touch).why == "too_late"
    assert "a case of theirs is open" in floor.row(touch).why_note
    assert floor.written(ana) == []


def test_a_yes_is_needed_for_offers_and_a_no_is_heard(floor: Floor) -> None:
    ana, ben = floor.customer(), floor.customer()
    asked_nobody, refused = floor.touch(ana, OFFER), floor.touch(ben, OFFER)
    floor.says(ben, yes=False, purpose="marketing")
    floor.dispatcher().run_due()
    assert floor.decisions(asked_nobody) == [("drop", "no_consent")]
    assert floor.decisions(refused) == [("drop", "opted_out")]
    floor.says(ana, yes=True, purpose="marketing")
    floor.touch(ana, OFFER)
    assert floor.dispatcher().run_due().sent == 1


def test_a_person_in_charge_a_moment_before_it_goes_holds_it(floor: Floor) -> None:
    """The last look is in the unit of work that sends."""
    ana = floor.customer()
    touch = floor.touch(ana)

    def taken_over(step: str) -> None:
        if step == "claimed":
            floor.person(ana, takes=True)

    floor.dispatcher(taken_over).run_due()
    assert floor.written(ana) == []
    assert floor.row(touch).state == "planned"
    assert floor.decisions(touch) == [("hold", "person_in_charge")]


def test_stop_a_moment_before_it_goes_counts(floor: Floor) -> None:
    ana = floor.customer()
    touch = floor.touch(ana, SURVEY)

    def stop(step: str) -> None:
        if step == "claimed":
            floor.says(ana, yes=False, purpose="research")

    floor.dispatcher(stop).run_due()
    assert floor.decisions(touch) == [("drop", "opted_out")]


def test_a_recall_goes_out_at_night_in_trouble_and_over_all_caps(floor: Floor) -> None:
    ana = floor.customer()
    floor.case(ana)
    floor.touch(ana, CHECK_IN)
    floor.clock.set(floor.clock.now().replace(hour=23))
    floor.is_in_the_chat(ana)
    recall = floor.touch(ana, RECALL)
    floor.dispatcher().run_due()
    assert floor.row(recall).state == "sent"
    assert floor.written(ana) == [f"recall about {floor.row(recall).subject}"]


def test_not_even_a_recall_speaks_past_a_person_in_charge(floor: Floor) -> None:
    ana = floor.customer()
    floor.person(ana, takes=True)
    recall = floor.touch(ana, RECALL)
    floor.dispatcher().run_due()
    assert floor.decisions(recall) == [("hold", "person_in_charge")]


def test_the_held_out_hear_nothing_and_their_goal_is_watched(floor: Floor, tmp_path: Path) -> None:
    policies = floor.services.policies
    everybody = policies.contact.hold_out.model_copy(update={"percent": 100})
    contact = policies.contact.model_copy(update={"hold_out": everybody})
    object.__setattr__(floor.services, "policies", policies.model_copy(update={"contact": contact}))
    floor.playbooks["goal"] = playbook(
        "goal", goal={"event": "order.placed", "within": {"days": 3}}
    )
    ana = floor.customer()
    touch, recall = floor.touch(ana, floor.playbooks["goal"]), floor.touch(ana, RECALL)
    floor.dispatcher().run_due()
    assert floor.row(recall).state == "sent"
    floor.clock.set(floor.row(touch).due_at)
    floor.dispatcher().run_due()
    held_out = floor.row(touch)
    assert (held_out.state, held_out.why) == ("held_out", "hold_out_group")
    assert held_out.sent_at == floor.clock.now()
    assert held_out.goal_until == floor.clock.now() + timedelta(days=3)
    assert len(floor.written(ana)) == 1  # the recall


def test_a_worker_that_died_leaves_nothing_half_sent(floor: Floor) -> None:
    ana = floor.customer()
    touch = floor.touch(ana)

    class Killed(BaseException):
        pass

    for step in ("judged", "claimed", "worded", "put"):
        floor.clock.advance(LEASE)

        def die(at: str, step: str = step) -> None:
            if at == step:
                raise Killed

        with pytest.raises(Killed):
            floor.dispatcher(die).run_due()
        assert floor.written(ana) == []
    assert floor.dispatcher().run_due().sent == 0  # its lease holds
    floor.clock.advance(LEASE)
    assert floor.dispatcher().run_due().sent == 1
    assert len(floor.written(ana)) == 1
    assert whys(floor.decisions(touch)) == ["fine"]


def test_one_that_cannot_be_worded_does_not_stop_the_others(floor: Floor) -> None:
    ana, ben = floor.customer(), floor.customer()
    broken, fine = floor.touch(ana, SURVEY), floor.touch(ben)
    floor.words.unspeakable = "survey"
    counts = floor.dispatcher().run_due()
    assert (counts.sent, counts.held) == (1, 1)
    assert floor.row(fine).state == "sent"
    assert floor.decisions(broken) == [("hold", "channel_down")]
    while floor.row(broken).state == "planned":
        floor.clock.set(floor.row(broken).due_at)
        floor.is_in_the_chat(ana)
        floor.dispatcher().run_due()
    assert floor.row(broken).state in ("failed", "dropped")


def test_a_silent_shop_is_asked_again_what_was_in_the_order(floor: Floor) -> None:
    bread = playbook("bread", whom={"categories": ["bread"]})
    floor.playbooks["bread"] = bread
    shop = UnreliableShop(floor.services.shop)
    object.__setattr__(floor.services, "shop", shop)
    ana = floor.customer()
    touch = floor.touch(ana, bread)
    shop.time_out_before_next(writes=False)
    floor.dispatcher().run_due()
    assert floor.decisions(touch) == [("hold", "shop_silent")]
    floor.clock.set(floor.row(touch).due_at)
    floor.is_in_the_chat(ana)
    floor.dispatcher().run_due()  # it answers now, that it has no such order
    assert floor.decisions(touch)[1:] == [("drop", "not_for_them")]


def test_a_gift_that_was_reserved_for_a_dropped_touch_eats_no_budget(floor: Floor) -> None:
    magic = playbook(
        "magic", gift={"worth": {"GBP": "5.00"}, "why": "patience"}, unless=["return.booked"]
    )
    floor.playbooks["magic"] = magic
    shop = UnreliableShop(floor.services.shop)
    object.__setattr__(floor.services, "shop", shop)
    ana = floor.customer()
    floor.is_at_the_shop(ana, currency="GBP")
    touch = floor.touch(ana, magic)
    shop.time_out_before_next()
    floor.dispatcher().run_due()
    assert floor.decisions(touch) == [("hold", "channel_down")]
    assert floor.gifts(ana) == [None], "reserved, and tried again with the same key"
    floor.happens(ana, "return.booked")
    floor.clock.set(floor.row(touch).due_at)
    floor.dispatcher().run_due()
    assert floor.decisions(touch)[-1] == ("drop", "overtaken")
    assert floor.gifts(ana) == []


def test_a_test_goes_to_a_colleagues_own_address_and_to_nobody_else(floor: Floor) -> None:
    """A customer hears from us through the gate alone."""
    ana = floor.customer()
    floor.colleague("cleo@shop.example")
    for to in (ana, f"{ana}@example.org", "somebody@else.example"):
        with pytest.raises(NotOfTheTeam):
            floor.try_out(CHECK_IN, to=to)
    assert floor.mails() == []
    assert floor.try_out(CHECK_IN, to="Cleo@shop.example") == "cleo@shop.example"


def test_a_channels_rate_spreads_what_is_due_over_the_next_seconds(floor: Floor) -> None:
    rate = floor.services.policies.contact.rate_per_second["web"]  # type: ignore[index]
    slow = floor.services.policies.contact.model_copy(update={"rate_per_second": {"web": 3}})
    object.__setattr__(
        floor.services,
        "policies",
        floor.services.policies.model_copy(update={"contact": slow}),
    )
    assert rate > 3
    for _ in range(8):
        floor.touch(floor.customer())
    sent = []
    for _ in range(3):
        sent.append(floor.dispatcher().run_due().sent)
        floor.clock.advance(timedelta(seconds=1))
    assert sent == [3, 3, 2]


def test_a_playbook_that_was_taken_away_sends_nothing(floor: Floor) -> None:
    touch = floor.touch(floor.customer(), SURVEY)
    del floor.playbooks["survey"]
    floor.dispatcher().run_due()
    assert floor.decisions(touch) == [("drop", "no_playbook")]


def test_what_the_outbox_finds_out_is_the_touchs_outcome(floor: Floor) -> None:
    reached, refused = (floor.touch(floor.customer(in_chat=False)) for _ in range(2))
    floor.dispatcher().run_due()
    to_refuse = next(mail.to for mail in floor.mails() if mail.touch_id == refused)

    post = PostOffice(refuses={to_refuse: RefusedForGood("no such mailbox")})
    floor.post(post)
    assert floor.row(reached).delivered_at == floor.clock.now()
    assert (floor.row(refused).state, floor.row(refused).why) == ("failed", "channel_refused")
    assert floor.row(refused).failed_at == floor.clock.now()


def test_a_goal_is_reached_in_its_time_once_by_the_sent_and_the_held_out(floor: Floor) -> None:
    goal = playbook("goal", goal={"event": "order.placed", "within": {"days": 3}})
    floor.playbooks["goal"] = goal
    ana = floor.customer()
    touch = floor.touch(ana, goal)
    floor.dispatcher().run_due()
    sent_at = floor.clock.now()

    def placed(after: timedelta) -> int:
        event = Event("tpt", ana, "order.placed", sent_at + after, "customer")
        with floor.database.begin() as session:
            return outcomes.note(session, [event], floor.playbooks)

    assert placed(timedelta(days=-1)) == 0
    assert placed(timedelta(days=4)) == 0
    assert placed(timedelta(days=2)) == 1
    assert placed(timedelta(days=1)) == 0
    assert floor.row(touch).goal_at == sent_at + timedelta(days=2)


def test_the_preview_foresees_what_comes_and_writes_nothing(floor: Floor) -> None:
    ana = floor.customer()
    floor.case(ana)
    held = floor.touch(ana)
    ben = floor.customer()
    first, second = floor.touch(ben, FOLLOW_UP), floor.touch(ben, due=timedelta(hours=1))
    with floor.database.read() as session:
        foreseen = preview(
            session, floor.clock.now(), floor.playbooks, floor.services.policies.contact, days=3
        )
    told = {one.touch_id: one for one in foreseen}
    assert (told[first].verdict, told[first].at) == (Verdict.SEND, floor.clock.now())
    assert told[second].at == floor.clock.now() + timedelta(days=1)
    assert [hold.why for hold in told[second].held] == ["cap_day"]
    assert told[held].verdict is None
    assert told[held].why == "open_case"
    assert all(floor.row(each).why == "" for each in told)
    assert floor.decisions(first) == []


def test_the_preview_does_not_claim_to_know_what_only_the_shop_knows(floor: Floor) -> None:
    bread = playbook("bread", whom={"categories": ["bread"]})
    floor.playbooks["bread"] = bread
    floor.touch(floor.customer(), bread)
    with floor.database.read() as session:
        (foreseen,) = preview(
            session, floor.clock.now(), floor.playbooks, floor.services.policies.contact, days=1
        )
    assert (foreseen.verdict, foreseen.why) == (None, "shop_silent")


def test_a_pause_holds_and_what_was_held_is_judged_again(floor: Floor) -> None:
    ana = floor.customer()
    touch = floor.touch(ana)
    by = {"who": "admin:test", "role": "admin", "why": "a wrong price in it"}
    with floor.database.begin() as session:
        assert pauses.pause(session, floor.clock.now(), floor.playbooks, "check_in", **by)
    floor.dispatcher().run_due()
    assert floor.decisions(touch) == [("hold", "playbook_paused")]
    with floor.database.begin() as session:
        assert pauses.resume(session, floor.clock.now(), floor.playbooks, "check_in", **by)
        with pytest.raises(NotFound, match="check_in"):
            pauses.pause(session, floor.clock.now(), floor.playbooks, "chek_in", **by)
    with floor.database.read() as session:
        assert set(session.scalars(select(Audit.did))) == {"touches.paused", "touches.resumed"}
    floor.clock.set(floor.row(touch).due_at)
    assert floor.dispatcher().run_due().sent == 1


def test_due_ones_are_found_by_their_index_however_many_are_planned(floor: Floor) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT customer_id, due_at FROM touch "
        "WHERE state IN ('planned', 'sending') AND due_at <= '2026-11-23' "
        "ORDER BY due_at, id LIMIT 200"
    )
    with floor.database.read() as session:
        steps = [row[-1] for row in session.execute(text(query))]
    assert len(steps) == 1
    assert "ix_touch_due" in steps[0]
