"""Where a customer is follows from what happened, and the rules can be told to anybody."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careline.journey.stages import RULES, SILENCE, StageEvent, derive
from careline.journey.words import Stage
from tests.journey.conftest import START

DAY = timedelta(days=1)


def on(day: float, kind: str, **given: str) -> StageEvent:
    name = f"{kind}@{day:g}" + "".join(f":{v}" for v in given.values())
    return StageEvent(id=name, at=START + day * DAY, kind=kind, key=name, **given)  # type: ignore[arg-type]


def at(day: float) -> datetime:
    return START + day * DAY


def order(number: str, day: float) -> list[StageEvent]:
    """Placed, shipped the day after, delivered two days later."""
    return [
        on(day, "order.placed", order=number),
        on(day + 1, "order.shipped", order=number, actor="shop"),
        on(day + 3, "order.delivered", order=number, actor="shop"),
    ]


def test_an_order_leads_from_purchase_over_delivery_to_use() -> None:
    history = derive(order("1", 0), at(30))
    assert [(span.stage, span.since) for span in history.spans] == [
        ("purchase", at(0)),
        ("delivery", at(1)),
        ("use", at(5)),
    ]
    assert history.spans[0].until == history.spans[1].since
    assert history.spans[-1].until is None
    assert history.spans[1].events == ("order.shipped@1:1:shop",)


def test_time_alone_moves_a_customer_on() -> None:
    events = order("1", 0)
    assert derive(events, at(4)).stage == "delivery"
    assert derive(events, at(5)).stage == "use"
    assert derive(events, at(3) + SILENCE - DAY).stage == "use"
    left = derive(events, at(3) + SILENCE)
    assert (left.stage, left.rule, left.since) == ("leaving", "silent", at(3) + SILENCE)


def test_a_case_is_service_until_it_is_resolved() -> None:
    events = [
        *order("1", 0),
        on(10, "case.opened", case="CL-1"),
        on(11, "case.opened", case="CL-2"),
    ]
    assert derive(events, at(12)).stage == "service"
    events.append(on(12, "case.resolved", case="CL-1"))
    assert derive(events, at(12)).stage == "service"
    events.append(on(13, "case.resolved", case="CL-2"))
    assert derive(events, at(14)).stage == "use"
    events.append(on(15, "case.reopened", case="CL-1"))
    assert derive(events, at(16)).rule == "case_open"


def test_three_kept_orders_and_a_good_feeling_are_loyalty() -> None:
    events = [*order("1", 0), *order("2", 20), *order("3", 40)]
    assert derive(events, at(50)).stage == "use"
    events.append(on(51, "feedback.given", emotion="pleased"))
    loyal = derive(events, at(52))
    assert (loyal.stage, loyal.rule) == ("loyalty", "pleased_and_kept")
    assert "feedback.given@51:pleased" in loyal.spans[-1].events
    events.append(on(53, "conversation.closed", emotion="angry"))
    assert derive(events, at(54)).stage == "use"


def test_an_order_that_was_sent_back_is_not_kept() -> None:
    events = [*order("1", 0), *order("2", 20), *order("3", 40), on(51, "x", emotion="delighted")]
    assert derive(events, at(52)).stage == "loyalty"
    assert derive([*events, on(53, "order.returned", order="3")], at(54)).stage == "use"
    partly = StageEvent("p", at(53), "order.refunded", order="3", partial=True)
    assert derive([*events, partly], at(54)).stage == "loyalty"


def test_who_buys_again_after_leaving_is_returning_until_it_is_delivered() -> None:
    events = [*order("1", 0), on(300, "conversation.started")]
    assert derive(events, at(301)).rule == "in_touch_again"
    events += order("2", 310)
    history = derive(events, at(400))
    assert [span.stage for span in history.spans] == [
        "purchase",
        "delivery",
        "use",
        "leaving",
        "returning",
        "delivery",
        "use",
    ]
    assert derive(events, at(310)).rule == "in_touch_again"
    bought = derive([*order("1", 0), *order("2", 310)], at(310))
    assert (bought.stage, bought.rule) == ("returning", "bought_again")


def test_our_own_messages_do_not_hide_a_silence() -> None:
    ours = [on(day, "touch.sent", actor="careline") for day in (60, 120, 180)]
    assert derive([*order("1", 0), *ours], at(190)).stage == "leaving"


def test_before_buying_there_is_awareness_then_consideration() -> None:
    talked = [on(0, "conversation.started")]
    assert derive(talked, at(1)).stage == "awareness"
    assert derive([*talked, on(2, "product.asked")], at(3)).stage == "consideration"
    assert derive([*talked, on(2, "quote.sent", stage="consideration")], at(3)).rule == (
        "looked_at_products"
    )
    assert derive(talked, at(400)).stage == "awareness"  # nobody can leave who was not here


def test_closing_the_account_is_leaving_at_once() -> None:
    events = [*order("1", 0), on(20, "account.closed")]
    assert derive(events, at(20)).rule == "account_closed"


def test_a_cancelled_order_was_no_purchase_to_use() -> None:
    events = [on(0, "order.placed", order="1"), on(1, "order.cancelled", order="1", actor="shop")]
    assert derive(events, at(2)).rule == "bought_before"


def test_without_events_a_customer_is_merely_aware() -> None:
    history = derive([], at(0))
    assert (history.stage, history.since, history.spans) == ("awareness", None, ())


def test_the_future_does_not_count_yet() -> None:
    assert derive(order("1", 0), at(0.5)).stage == "purchase"


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_a_rule_that_says_why(stage: Stage) -> None:
    assert [words for has, words in RULES.values() if has == stage]


KINDS = (
    "order.placed",
    "order.paid",
    "order.shipped",
    "order.delivered",
    "order.refunded",
    "order.returned",
    "order.cancelled",
    "case.opened",
    "case.resolved",
    "case.reopened",
    "conversation.started",
    "product.asked",
    "account.closed",
    "touch.sent",
)


@st.composite
def any_event(draw: st.DrawFn) -> StageEvent:
    kind = draw(st.sampled_from(KINDS))
    number = draw(st.integers(0, 10**6))
    return StageEvent(
        id=f"tpt_{number}",
        at=START + draw(st.integers(0, 40)) * timedelta(days=12),
        kind=kind,
        actor="careline" if kind == "touch.sent" else draw(st.sampled_from(["customer", "shop"])),
        emotion=draw(st.sampled_from([None, "angry", "neutral", "delighted"])),
        order=draw(st.sampled_from(["1", "2", "3", None])) if kind.startswith("order") else None,
        case=draw(st.sampled_from(["A", "B"])) if kind.startswith("case") else None,
        partial=draw(st.booleans()),
        key=f"till:{number}",
    )


@settings(max_examples=300, deadline=None)
@given(
    events=st.lists(any_event(), max_size=25, unique_by=lambda event: event.id),
    chance=st.randoms(use_true_random=False),
    days=st.integers(0, 800),
)
def test_the_history_does_not_depend_on_the_order_of_arrival(
    events: list[StageEvent], chance: object, days: int
) -> None:
    """The same events give the same spans; spans join, and each names events that happened."""
    now = START + days * DAY
    history = derive(events, now)
    shuffled = list(events)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert derive(shuffled, now) == history
    happened = {event.id for event in events if event.at <= now}
    for span, following in zip(history.spans, history.spans[1:], strict=False):
        assert span.until == following.since
        assert span.since <= following.since
        assert span.stage != following.stage
    for span in history.spans:
        assert span.events
        assert set(span.events) <= happened
        assert RULES[span.rule][0] == span.stage
    assert history.stage == (history.spans[-1].stage if history.spans else Stage.AWARENESS)


@settings(max_examples=150, deadline=None)
@given(events=st.lists(any_event(), max_size=20, unique_by=lambda event: event.id))
def test_what_was_so_on_a_day_stays_so_when_more_time_has_passed(
    events: list[StageEvent],
) -> None:
    """Today's stage is what the full history says of today, later on."""
    middle, end = START + 240 * DAY, START + 900 * DAY
    then = derive([event for event in events if event.at <= middle], middle)
    later = [span for span in derive(events, end).spans if span.since <= middle]
    assert [s.stage for s in later] == [s.stage for s in then.spans]
