"""The gate alone: facts and a time in, decisions out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careline.journey.models import Touch
from careline.journey.words import Channel, Purpose, TouchReason, Verdict
from careline.service.policies.contact import HoldOut, QuietHours
from careline.touches.decision import Decision
from careline.touches.facts import ChannelFacts, CustomerFacts, Happened, SentTouch
from careline.touches.gate import decide, is_held_out
from careline.touches.playbook import Playbook
from careline.touches.quiet import quiet_until
from tests.touches.sending import (
    CHECK_IN,
    FOLLOW_UP,
    MONDAY,
    NEWS,
    OFFER,
    PLAYBOOKS,
    RECALL,
    SURVEY,
    playbook,
    policies,
)

ZONES = [
    "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
    "America/Sao_Paulo", "Asia/Tehran", "UTC",
]  # fmt: skip
NIGHT = QuietHours.model_validate({"from": "20:00", "until": "09:00", "sundays": True})
# Both changes of summer time in Europe and America lie in there.
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=730)).map(
    lambda later: datetime(2026, 1, 1, tzinfo=UTC) + later
)


def touch(book: Playbook = CHECK_IN, at: datetime = MONDAY, **more: Any) -> Touch:
    values: dict[str, Any] = {
        "id": "tch_1",
        "key": "k",
        "customer_id": "cus_1",
        "playbook": book.name,
        "trigger_at": at - timedelta(days=2),
        "about": {"order": "1"},
        "subject": "order:1",
        "due_at": at,
        "planned_for": at,
        "too_late_at": at + timedelta(days=7),
        "why": "",
        "why_note": "",
    }
    return Touch(**(values | more))


def facts(zone: str = "Europe/London", **more: Any) -> CustomerFacts:
    values: dict[str, Any] = {
        "channels": {
            Channel.WEB: ChannelFacts(Channel.WEB, is_there=True),
            Channel.EMAIL: ChannelFacts(Channel.EMAIL, is_there=True, address="a@example.org"),
        }
    }
    return CustomerFacts("cus_1", ZoneInfo(zone), "GB", "", "use", **(values | more))


def judge(
    of: Touch, known: CustomerFacts, now: datetime = MONDAY, paused: tuple[str, ...] = ()
) -> Decision:
    ((_, decision),) = decide([of], PLAYBOOKS, known, policies().contact, now, paused)
    return decision


def sent(days_ago: float, book: Playbook = CHECK_IN, subject: str = "order:0") -> SentTouch:
    at = MONDAY - timedelta(days=days_ago)
    return SentTouch("tch_0", book.name, subject, at, book.is_survey, book.safety)


def test_while_the_shop_does_not_say_what_was_in_the_order_it_is_held() -> None:
    bread = playbook("bread", whom={"categories": ["bread"]})

    def of(categories: frozenset[str] | None) -> tuple[Verdict, TouchReason]:
        known = facts(order_categories={"1": categories})
        ((_, decision),) = decide(
            [touch(bread)], {"bread": bread}, known, policies().contact, MONDAY
        )
        return decision.verdict, decision.why

    assert of(None) == (Verdict.HOLD, TouchReason.SHOP_SILENT)
    assert of(frozenset({"bread", "jam"})) == (Verdict.SEND, TouchReason.FINE)
    assert of(frozenset({"shoes"})) == (Verdict.DROP, TouchReason.NOT_FOR_THEM)


def test_where_nothing_speaks_against_it_it_goes_by_the_first_channel() -> None:
    decision = judge(touch(), facts())
    assert (decision.verdict, decision.channel) == (Verdict.SEND, Channel.WEB)


HELD = {
    "a person": ({"person_in_charge": "stf_1"}, TouchReason.PERSON_IN_CHARGE),
    "waits for a person": ({"queued_conversation": True}, TouchReason.PERSON_IN_CHARGE),
    "open case": ({"open_cases": ("CL-1",)}, TouchReason.OPEN_CASE),
    "open promise": ({"open_promises": ("refund_paid",)}, TouchReason.OPEN_PROMISE),
    "angry": ({"last_anger_at": MONDAY - timedelta(days=1)}, TouchReason.RECENT_ANGER),
    "talks with us": (
        {"last_message_at": MONDAY - timedelta(minutes=3)},
        TouchReason.CONVERSATION_UNDERWAY,
    ),
    "heard today": ({"sent": (sent(0.5),)}, TouchReason.CAP_DAY),
    "heard this week": ({"sent": (sent(2), sent(3))}, TouchReason.CAP_WEEK),
    "heard this month": (
        {"sent": tuple(sent(days) for days in (8, 12, 16, 20, 24))},
        TouchReason.CAP_MONTH,
    ),
}


@pytest.mark.parametrize(("known", "why"), HELD.values(), ids=HELD.keys())
def test_it_is_held_until_the_reason_can_be_gone(known: dict[str, Any], why: TouchReason) -> None:
    decision = judge(touch(), facts(**known))
    assert (decision.verdict, decision.why) == (Verdict.HOLD, why)
    assert decision.until is not None
    assert decision.until > MONDAY


def test_known_ends_are_exact() -> None:
    def until(**known: Any) -> datetime | None:
        return judge(touch(too_late_at=MONDAY + timedelta(days=60)), facts(**known)).until

    hour = timedelta(hours=1)
    assert until(last_anger_at=MONDAY - hour) == MONDAY - hour + timedelta(days=7)
    assert until(last_message_at=MONDAY) == MONDAY + timedelta(minutes=30)
    assert until(sent=(sent(0.5),)) == MONDAY + timedelta(days=0.5)
    assert until(sent=(sent(3), sent(2))) == MONDAY + timedelta(days=4)


def test_surveys_rest_for_long() -> None:
    decision = judge(touch(SURVEY), facts(sent=(sent(30, SURVEY),)))
    assert decision.why is TouchReason.TOO_LATE  # it rests for 15 more days
    patient = touch(SURVEY, too_late_at=MONDAY + timedelta(days=30))
    decision = judge(patient, facts(sent=(sent(40, SURVEY),)))
    assert (decision.why, decision.until) == (
        TouchReason.SURVEY_COOLDOWN,
        MONDAY + timedelta(days=5),
    )
    assert judge(touch(), facts(sent=(sent(40, SURVEY),))).verdict is Verdict.SEND


def test_what_would_be_too_late_is_dropped_with_what_held_it() -> None:
    hasty = touch(too_late_at=MONDAY + timedelta(hours=2))
    decision = judge(hasty, facts(sent=(sent(0.5),)))
    assert (decision.verdict, decision.why) == (Verdict.DROP, TouchReason.TOO_LATE)
    assert "heard from us today" in decision.note


def test_a_hold_without_a_known_end_is_looked_at_a_last_time_when_it_gets_late() -> None:
    last = MONDAY + timedelta(minutes=10)
    assert judge(touch(too_late_at=last), facts(open_cases=("CL-1",))).until == last
    late = judge(touch(too_late_at=last), facts(open_cases=("CL-1",)), last)
    assert (late.verdict, late.why) == (Verdict.DROP, TouchReason.TOO_LATE)


def test_what_happened_since_overtakes_it_if_it_is_about_the_same() -> None:
    books = PLAYBOOKS | {"nosy": playbook("nosy", unless=["case.opened"])}

    def why(kind: str, at: datetime, **about: str) -> TouchReason:
        known = facts(happened=(Happened(kind, at, about),))
        ((_, decision),) = decide([touch(books["nosy"])], books, known, policies().contact, MONDAY)
        return decision.why

    yesterday = MONDAY - timedelta(days=1)
    assert why("case.opened", yesterday, order="1") is TouchReason.OVERTAKEN
    assert why("case.opened", yesterday) is TouchReason.OVERTAKEN
    assert why("case.opened", yesterday, order="2") is TouchReason.FINE
    assert why("case.opened", MONDAY - timedelta(days=9), order="1") is TouchReason.FINE
    assert why("case.resolved", yesterday, order="1") is TouchReason.FINE


CASES = {
    "the first case opened again": ({"case": "CL-2", "reopens": "CL-1"}, True),
    "the same line of the order": ({"case": "CL-2", "order": 1, "line": "a"}, True),
    "the order as a whole": ({"case": "CL-2", "order": "1"}, True),
    "another line": ({"case": "CL-2", "order": "1", "line": "b"}, False),
    "another order": ({"case": "CL-2", "order": "2", "line": "a"}, False),
    "nobody says of what": ({"case": "CL-2"}, False),
    "the case itself": ({"case": "CL-1", "order": "1"}, True),
}


@pytest.mark.parametrize(("about", "is_pointless"), CASES.values(), ids=CASES.keys())
def test_a_case_that_is_back_under_another_number_ends_what_is_said_of_the_first(
    about: dict[str, Any], is_pointless: bool
) -> None:
    asks = playbook("asks", when={"event": "case.resolved"}, unless=["case.reopened"])
    of = touch(asks, about={"case": "CL-1", "order": "1", "line": "a"}, subject="case:CL-1")
    known = facts(happened=(Happened("case.reopened", MONDAY - timedelta(days=1), about),))
    ((_, decision),) = decide([of], {"asks": asks}, known, policies().contact, MONDAY)
    assert (decision.why is TouchReason.OVERTAKEN) is is_pointless


def test_of_two_cases_that_ended_the_later_one_is_asked_about() -> None:
    asks = playbook("asks", when={"event": "case.resolved"}, at_most={"per": "case"})
    older, newer = (
        touch(asks, id=f"tch_{n}", about={"case": f"CL-{n}"}, subject=f"case:CL-{n}",
              trigger_at=MONDAY - timedelta(days=9 - n))
        for n in (1, 2)
    )  # fmt: skip
    decided = decide([older, newer], {"asks": asks}, facts(), policies().contact, MONDAY)
    went = [t.id for t, d in decided if d.verdict is Verdict.SEND]
    assert went == ["tch_2"]


def urgently(known: CustomerFacts, now: datetime = MONDAY) -> Decision:
    ((_, decision),) = decide([touch(NEWS)], PLAYBOOKS, known, policies().contact, now)
    return decision


def told(hours_ago: float, *, urgent: bool) -> SentTouch:
    at = MONDAY - timedelta(hours=hours_ago)
    return SentTouch("tch_0", "any", "order:0", at, False, False, urgent)


def test_what_is_urgent_is_not_kept_waiting_by_courtesies() -> None:
    busy = facts(sent=tuple(told(hours, urgent=False) for hours in (2, 30, 60, 200, 300)))
    assert judge(touch(), busy).verdict is Verdict.HOLD
    assert urgently(busy).verdict is Verdict.SEND


def test_courtesies_wait_for_what_is_urgent_and_that_for_its_own_kind() -> None:
    one = facts(sent=(told(2, urgent=True),))
    assert judge(touch(), one).why is TouchReason.CAP_DAY
    assert urgently(one).verdict is Verdict.SEND
    two = urgently(facts(sent=(told(2, urgent=True), told(5, urgent=True))))
    assert (two.why, two.until) == (TouchReason.CAP_DAY, MONDAY + timedelta(hours=19))


def test_nobody_is_kept_from_what_is_urgent_for_comparison_but_at_night_it_waits() -> None:
    everybody = policies().contact.model_copy(update={"hold_out": HoldOut(percent=100, salt="a")})
    ((_, decision),) = decide([touch(NEWS)], PLAYBOOKS, facts(), everybody, MONDAY)
    assert decision.verdict is Verdict.SEND
    assert urgently(facts(), MONDAY.replace(hour=3)).why is TouchReason.QUIET_HOURS


def test_of_a_silence_that_is_over_nothing_is_said() -> None:
    silent = playbook("silent", when={"silence": {"days": 120}})
    since = touch(silent, about={}, subject="", trigger_at=MONDAY - timedelta(days=121))

    def why(last: datetime) -> TouchReason:
        known = facts(last_activity_at=last)
        ((_, decision),) = decide([since], {"silent": silent}, known, policies().contact, MONDAY)
        return decision.why

    assert why(since.trigger_at) is TouchReason.FINE
    assert why(MONDAY - timedelta(days=120)) is TouchReason.FINE
    assert why(MONDAY - timedelta(hours=2)) is TouchReason.OVERTAKEN


def test_what_the_silence_began_with_does_not_overtake_it() -> None:
    silent = playbook("silent", when={"silence": {"days": 2}}, unless=["order.placed"])
    books = PLAYBOOKS | {"silent": silent}
    since = touch(silent, about={}, subject="")

    def why(at: datetime) -> TouchReason:
        known = facts(happened=(Happened("order.placed", at, {"order": "1"}),))
        ((_, decision),) = decide([since], books, known, policies().contact, MONDAY)
        return decision.why

    assert why(since.trigger_at) is TouchReason.FINE
    assert why(since.trigger_at + timedelta(minutes=1)) is TouchReason.OVERTAKEN


def test_a_touch_about_a_running_case_may_come_and_one_about_its_end_may_not() -> None:
    books = {"news": playbook("news", when={"event": "case.handed_over"}), **PLAYBOOKS}
    known = facts(open_cases=("CL-1",))

    def verdict(book: Playbook, case: str) -> Verdict:
        about = touch(book, about={"case": case})
        return decide([about], books, known, policies().contact, MONDAY)[0][1].verdict

    assert verdict(books["news"], "CL-1") is Verdict.SEND
    assert verdict(books["news"], "CL-2") is Verdict.HOLD
    assert verdict(FOLLOW_UP, "CL-1") is Verdict.HOLD  # it was resolved, and is open again


def test_refusals_of_a_channel_leave_the_others_and_of_all_leave_none() -> None:
    def decided(consents: dict[tuple[str, Purpose], bool], book: Playbook = OFFER) -> Decision:
        return judge(touch(book), facts(consents=consents))

    marketing = Purpose.MARKETING
    by_mail = decided({("*", marketing): True, ("web", marketing): False})
    assert (by_mail.verdict, by_mail.channel) == (Verdict.SEND, Channel.EMAIL)
    assert decided({("*", marketing): False, ("web", marketing): True}).why is TouchReason.OPTED_OUT
    assert decided({}).why is TouchReason.NO_CONSENT
    assert decided({("*", marketing): False}, CHECK_IN).verdict is Verdict.SEND


def test_a_yes_to_one_channel_since_a_no_to_all_opens_that_channel_alone() -> None:
    said = {("*", Purpose.MARKETING): False, ("email", Purpose.MARKETING): True}
    since = frozenset({("email", Purpose.MARKETING)})
    before = judge(touch(OFFER), facts(consents=said))
    assert (before.verdict, before.why) == (Verdict.DROP, TouchReason.OPTED_OUT)
    after = judge(touch(OFFER), facts(consents=said, agreed_since=since))
    assert (after.verdict, after.channel) == (Verdict.SEND, Channel.EMAIL)


def test_a_closed_window_needs_an_approved_template() -> None:
    books = {"news": playbook("news", channels=["whatsapp", "email"],
                              templates={"whatsapp": "news_1"}), **PLAYBOOKS}  # fmt: skip

    def decided(window: datetime | None, approved: frozenset[str]) -> Decision:
        by_phone = ChannelFacts(
            Channel.WHATSAPP, True, "+44", has_window=True, window_until=window,
            approved_templates=approved,
        )  # fmt: skip
        known = facts()
        channels = {**known.channels, Channel.WHATSAPP: by_phone}
        known = replace(known, channels=channels)
        return decide([touch(books["news"])], books, known, policies().contact, MONDAY)[0][1]

    soon, past = MONDAY + timedelta(hours=1), MONDAY - timedelta(hours=1)
    in_words = decided(soon, frozenset())
    assert (in_words.channel, in_words.template) == (Channel.WHATSAPP, None)
    by_template = decided(past, frozenset({"news_1"}))
    assert (by_template.channel, by_template.template) == (Channel.WHATSAPP, "news_1")
    instead = decided(past, frozenset())
    assert (instead.verdict, instead.why) == (Verdict.SWAP, TouchReason.CHANNEL_WINDOW)
    assert instead.channel is Channel.EMAIL


def test_who_cannot_be_reached_is_let_be_and_who_is_away_is_waited_for() -> None:
    nobody = judge(touch(), facts(channels={}))
    assert (nobody.verdict, nobody.why) == (Verdict.DROP, TouchReason.NO_CHANNEL)
    away = {Channel.WEB: ChannelFacts(Channel.WEB, is_there=False)}
    assert judge(touch(), facts(channels=away)).why is TouchReason.CHANNEL_NOT_THERE


def test_paused_playbooks_hold_even_recalls() -> None:
    assert judge(touch(RECALL), facts(), paused=("*",)).why is TouchReason.ALL_PAUSED
    assert judge(touch(), facts(), paused=("check_in",)).why is TouchReason.PLAYBOOK_PAUSED
    assert judge(touch(), facts(), paused=("survey",)).verdict is Verdict.SEND


def test_safety_waits_for_nothing_but_a_person() -> None:
    known = facts(
        open_cases=("CL-1",),
        last_anger_at=MONDAY,
        last_message_at=MONDAY,
        sent=(sent(0.1), sent(0.2)),
    )
    at_night = MONDAY.replace(hour=3)
    assert judge(touch(RECALL), known, at_night).verdict is Verdict.SEND
    with_person = replace(known, person_in_charge="stf_1")
    assert judge(touch(RECALL), with_person, at_night).verdict is Verdict.HOLD


def test_the_hold_out_group_is_stable_and_as_large_as_said() -> None:
    tenth = HoldOut(percent=10, salt="a")
    ids = [f"cus_{number}" for number in range(20_000)]
    out = [each for each in ids if is_held_out(each, tenth)]
    assert out == [each for each in ids if is_held_out(each, tenth)]
    assert 0.09 < len(out) / len(ids) < 0.11
    others = [each for each in ids if is_held_out(each, HoldOut(percent=10, salt="b"))]
    assert len(set(out) & set(others)) < 300  # another salt, other customers


def test_what_it_waits_for_in_vain_is_dropped_or_goes_as_the_playbook_says() -> None:
    until = {"until": "order.delivered", "at_most": {"days": 3}}
    books = {
        "drops": playbook("drops", wait=until),
        "sends": playbook("sends", wait={**until, "then": "send"}),
    }

    def why(name: str) -> TouchReason:
        waiting = touch(books[name], awaits="order.delivered")
        return decide([waiting], books, facts(), policies().contact, MONDAY)[0][1].why

    assert why("drops") is TouchReason.AWAITING
    assert why("sends") is TouchReason.FINE


@given(MOMENTS, st.sampled_from(ZONES))
@settings(max_examples=400, deadline=None)
def test_quiet_hours_end_ahead_and_outside_of_quiet_hours(now: datetime, zone: str) -> None:
    where = ZoneInfo(zone)
    until = quiet_until(now, where, NIGHT)
    local = (until or now).astimezone(where)
    assert 9 <= local.hour < 20
    assert local.isoweekday() != 7
    if until is not None:
        assert now < until <= now + timedelta(days=2, hours=15)
        # Nothing earlier would have done: a minute before it was quiet.
        assert quiet_until(until - timedelta(minutes=1), where, NIGHT) is not None


known_facts = st.fixed_dictionaries(
    {},
    optional={
        "person_in_charge": st.just("stf_1"),
        "open_cases": st.just(("CL-1",)),
        "open_promises": st.just(("refund_paid",)),
        "last_anger_at": st.timedeltas(timedelta(0), timedelta(days=10)).map(lambda d: MONDAY - d),
        "last_message_at": st.timedeltas(timedelta(0), timedelta(hours=2)).map(
            lambda d: MONDAY - d
        ),
        "sent": st.lists(
            st.builds(
                sent, st.floats(0, 50), st.sampled_from(list(PLAYBOOKS.values()))
            ),
            max_size=6,
        ).map(tuple),
        "consents": st.dictionaries(
            st.tuples(st.sampled_from(["*", "web", "email"]), st.sampled_from(Purpose)),
            st.booleans(),
        ),
    },
)  # fmt: skip


@given(
    st.lists(st.sampled_from(list(PLAYBOOKS.values())), min_size=1, max_size=5),
    known_facts,
    st.timedeltas(timedelta(0), timedelta(days=3)),
    st.sampled_from(ZONES),
)
@settings(max_examples=300, deadline=None)
def test_at_most_one_goes_and_each_hold_ends(
    books: list[Playbook], known: dict[str, Any], later: timedelta, zone: str
) -> None:
    now = MONDAY + later
    touches = [touch(book, id=f"tch_{n}", subject=f"order:{n}") for n, book in enumerate(books)]
    decided = decide(touches, PLAYBOOKS, facts(zone, **known), policies().contact, now)
    assert len(decided) == len(touches)
    goes = [(t, d) for t, d in decided if d.verdict in (Verdict.SEND, Verdict.SWAP)]
    assert len(goes) <= 1
    for one, decision in decided:
        assert (decision.until is not None) == (decision.verdict is Verdict.HOLD)
        if decision.until is not None:
            assert now < decision.until <= one.too_late_at
    for one, decision in goes:
        better = [d for t, d in decided if _rank(t) > _rank(one)]
        assert all(d.verdict in (Verdict.HOLD, Verdict.DROP) for d in better)
        assert decision.channel is not None


def _rank(of: Touch) -> int:
    return PLAYBOOKS[of.playbook].priority
