"""The journey is appended to, once for each event, and the stage follows."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from careline.journey import touchpoints
from careline.journey.models import Conversation, Customer, Touchpoint
from careline.kit.clock import FixedClock
from careline.kit.errors import Conflict, Invalid, NotFound
from tests.journey.conftest import START, add_customer


def write(
    session: Session, customer: Customer, kind: str, source_id: str, **changes: Any
) -> Touchpoint:
    given: dict[str, Any] = {
        "customer_id": customer.id,
        "kind": kind,
        "stage": "purchase",
        "actor": "customer",
        "channel": "shop",
        "summary": "Something happened",
        "source": "shop",
        "source_id": source_id,
    }
    given.update(changes)
    now: datetime = given.pop("now", START)
    return touchpoints.record(session, now, **given)


def test_the_same_event_twice_is_one_touchpoint(session: Session, customer: Customer) -> None:
    first = write(session, customer, "order.placed", "evt-1", about={"order": "10482"})
    again = write(session, customer, "order.placed", "evt-1", about={"order": "10482"})
    assert again.id == first.id
    assert session.scalar(select(func.count()).select_from(Touchpoint)) == 1


def test_an_event_id_of_another_customer_is_refused(session: Session, customer: Customer) -> None:
    write(session, customer, "order.placed", "evt-1")
    with pytest.raises(Conflict, match="another customer"):
        write(session, add_customer(session, "Ben Oyelaran"), "order.placed", "evt-1")


def test_the_stage_follows_what_happens(session: Session, customer: Customer) -> None:
    write(session, customer, "order.placed", "1", about={"order": "10482"})
    assert (customer.stage, customer.stage_rule) == ("purchase", "order_placed")
    write(session, customer, "order.shipped", "2", about={"order": "10482"})
    assert customer.stage == "delivery"
    later = START + timedelta(days=4)
    write(session, customer, "order.delivered", "3", now=later, about={"order": "10482"})
    assert (customer.stage, customer.stage_since) == ("delivery", START)
    write(session, customer, "case.opened", "4", now=later, about={"case": "CL-100001"})
    assert (customer.stage, customer.stage_since) == ("service", later)


def test_a_late_event_takes_its_place_and_the_stage_is_derived_again(
    session: Session, customer: Customer, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=10))
    about = {"order": "10482"}
    write(session, customer, "order.shipped", "2", now=clock.now(), about=about)
    assert customer.stage == "delivery"
    delivered = START + timedelta(days=3)
    write(session, customer, "order.shipped", "0", at=START, now=clock.now(), about={"order": "9"})
    write(
        session,
        customer,
        "order.delivered",
        "1",
        at=delivered,
        now=clock.now(),
        about={"order": "9"},
    )
    assert customer.stage == "delivery"
    write(session, customer, "order.delivered", "3", now=clock.now(), about=about)
    clock.advance(timedelta(days=3))
    history = touchpoints.restage(session, clock.now(), customer.id)
    assert history.stage == customer.stage == "use"
    assert [span.stage for span in history.spans] == ["delivery", "use", "delivery", "use"]


def test_a_word_that_the_record_does_not_have_is_refused_by_field(
    session: Session, customer: Customer
) -> None:
    with pytest.raises(Invalid, match="awareness, consideration") as refused:
        write(session, customer, "order.placed", "1", stage="checkout")
    assert refused.value.field == "stage"
    with pytest.raises(Invalid) as refused:
        write(session, customer, "order.placed", "1", emotion="cross")
    assert refused.value.field == "emotion"


def test_an_unknown_customer_is_refused(session: Session) -> None:
    nobody = Customer(id="cus_nobody")
    with pytest.raises(NotFound, match="cus_nobody"):
        write(session, nobody, "order.placed", "1")


def test_a_summary_is_one_line_of_bounded_length(session: Session, customer: Customer) -> None:
    touchpoint = write(session, customer, "note", "1", summary="first\nsecond " + "x" * 600)
    assert touchpoint.summary.startswith("first second xxx")
    assert len(touchpoint.summary) == touchpoints.SUMMARY_LIMIT


def test_a_visitors_conversation_moves_to_the_customer_they_turn_out_to_be(
    session: Session, customer: Customer
) -> None:
    visitor = add_customer(session, "")
    conversation = Conversation(
        id="cnv_1", customer_id=visitor.id, channel="web", created_at=START, updated_at=START
    )
    session.add(conversation)
    session.flush()
    said = {"conversation_id": "cnv_1", "stage": "service", "about": {"case": "CL-1"}}
    write(session, visitor, "case.opened", "1", **said)
    assert touchpoints.move(session, START, conversation_id="cnv_1", customer_id=customer.id) == 1
    assert (visitor.stage, customer.stage) == ("awareness", "service")
    # What repeats itself afterwards under the former name is still the same event.
    assert write(session, visitor, "case.opened", "1", **said).customer_id == customer.id


def test_an_order_refunded_in_part_still_counts_as_kept(
    session: Session, customer: Customer
) -> None:
    for number in ("1", "2", "3"):
        at = START - timedelta(days=40)
        about = {"order": number}
        write(session, customer, "order.delivered", f"d{number}", at=at, about=about)
    write(session, customer, "feedback.given", "f", emotion="delighted")
    assert customer.stage == "loyalty"
    part = {"order": "3", "partial": True}
    write(session, customer, "order.refunded", "r1", about=part)
    assert customer.stage == "loyalty"
    write(session, customer, "order.refunded", "r2", about={"order": "3"})
    assert customer.stage == "use"
