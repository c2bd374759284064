"""Who leaves in the middle and comes back another day is asked nothing that they said already."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from careline.journey.erasure import erase_customer
from careline.journey.export import export_customer
from careline.journey.models import Conversation
from careline.journey.words import CaseKind
from careline.kit.clock import FixedClock
from careline.service import settlement
from careline.service.facts import Request
from careline.shops.models import VariantRow
from tests.actions.offers import OFFERS, Offer, at_the_offer, ref_of, visits
from tests.actions.talk import Counter, Reader, Talk, open_counter
from tests.customers.goals import SeededOrder

pytestmark = pytest.mark.rasa  # the trained model, that is

A_DAY = timedelta(days=1)
SOON_TOO_LATE = Offer(SeededOrder("delivered", 25, ("Chandler jeans | 32, indigo",)), ())


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest.fixture(scope="module")
def counter(
    reader: Reader, tmp_path_factory: pytest.TempPathFactory, clock: FixedClock
) -> Iterator[Counter]:
    with open_counter(tmp_path_factory.mktemp("left") / "var", visits(), reader, clock) as made:
        yield made


@pytest.fixture(scope="module")
def back_a_day_later(counter: Counter, clock: FixedClock) -> dict[str, Talk]:
    """In each topic one who left at the offer, in a new conversation on the next day."""
    for topic in OFFERS:
        at_the_offer(counter, topic)
    clock.advance(A_DAY)
    return {topic: counter.customer(ref_of(topic, 0)) for topic in OFFERS}


@pytest.fixture
def leaves(counter: Counter, back_a_day_later: Any) -> Any:
    """Leaves at the offer of a topic; gives the reference to come back with, and the talk."""

    def at(topic: str) -> tuple[str, Talk]:
        place = counter.next_place(topic) + 1
        return ref_of(topic, place), at_the_offer(counter, topic, place)

    return at


@pytest.mark.parametrize("topic", OFFERS)
def test_the_offer_is_made_again_and_needs_a_yes_of_its_own(
    back_a_day_later: dict[str, Talk], topic: str
) -> None:
    talk = back_a_day_later[topic]
    said = talk.says("hello")
    assert "Good to have you back" in said
    assert (talk.asked, talk.settled()) == ("remedy", []), said
    talk.says("yes please")
    assert len(talk.settled()) == 1, talk.said


def test_a_yes_out_of_nowhere_agrees_to_nothing(counter: Counter, leaves: Any) -> None:
    ref, _ = leaves("return")
    talk = counter.customer(ref)
    talk.says("yes")
    assert (talk.asked, talk.settled()) == ("remedy", [])
    talk.says("yes")
    assert talk.settled() == ["refund"]


def test_who_asks_for_the_same_once_more_is_asked_nothing_twice(
    counter: Counter, leaves: Any
) -> None:
    ref, _ = leaves("return")
    talk = counter.customer(ref)
    assert "Good to have you back" in talk.says("hi, I want to return my jeans")
    assert (talk.asked, talk.task["reason"]) == ("remedy", "changed_mind")


def test_who_asks_for_the_same_with_another_thing_begins_anew(
    counter: Counter, leaves: Any
) -> None:
    ref, _ = leaves("return")
    talk = counter.customer(ref)
    assert "Good to have you back" not in talk.says("hi, I want to return my wall clock")
    assert (talk.task["item"], talk.asked) == ("Wall clock", "return_reason")


def test_another_reason_than_the_last_time_counts(counter: Counter, leaves: Any) -> None:
    ref, _ = leaves("return")
    talk = counter.customer(ref)
    talk.says("I want to return my jeans, they don't fit")
    assert (talk.task["reason"], talk.asked) == ("doesnt_fit", "size_or_money")


def test_it_is_not_about_that_today(counter: Counter, leaves: Any) -> None:
    ref, _ = leaves("return")
    talk = counter.customer(ref)
    talk.says("hello")
    assert "utter_dropped" in (talk.says("no, it's about something else") and talk.responses)
    assert "Good to have you back" not in counter.customer(ref).says("hello")


def test_taken_up_twice_and_agreed_to_everywhere_it_is_done_once(
    counter: Counter, leaves: Any
) -> None:
    ref, first = leaves("return")
    second, third = counter.customer(ref), counter.customer(ref)
    second.says("hello")
    third.says("hello")
    for talk in (third, second, first):
        talk.says("yes please")
    assert [talk.settled() for talk in (first, second, third)].count(["refund"]) == 1


def test_what_a_colleague_settled_meanwhile_is_not_offered(counter: Counter, leaves: Any) -> None:
    ref, talk = leaves("return")
    services = counter.container.services
    request = Request(
        key="by a colleague", kind=CaseKind.RETURN, customer_id=talk.conversation.customer_id,
        conversation_id=None, order_number=talk.task["order"], line_id=talk.task["line"],
        reason="changed_mind", by_staff=True,
    )  # fmt: skip
    remedy = settlement.assess_request(services, request).remedies[0]
    settlement.settle(services, request, remedy, by=settlement.ByStaff("stf_1"))
    assert "Good to have you back" not in counter.customer(ref).says("hello")


def test_what_was_chosen_and_sold_out_meanwhile_is_not_promised(
    counter: Counter, leaves: Any
) -> None:
    ref, _ = leaves("exchange")
    with counter.container.shop_database.begin() as session:
        jeans = session.scalars(select(VariantRow).where(VariantRow.product == "Chandler jeans"))
        wanted = next(v for v in jeans if v.options == {"size": "34", "colour": "indigo"})
        before, wanted.in_stock = wanted.in_stock, 0
    try:
        talk = counter.customer(ref)
        talk.says("hello")
        assert "utter_refused_sold_out" in talk.responses
        talk.says("yes")
        assert "exchange" not in talk.settled()
    finally:
        with counter.container.shop_database.begin() as session:
            session.get_one(VariantRow, wanted.sku).in_stock = before


def test_a_request_that_waited_is_not_lost(counter: Counter, back_a_day_later: Any) -> None:
    place = counter.next_place("return") + 1
    talk = counter.customer(ref_of("return", place))
    talk.says("I want to return my jeans. I also have an idea: you should pack glass in straw.")
    talk = counter.customer(ref_of("return", place))
    talk.says("hello")
    talk.says("changed my mind")
    talk.says("yes")
    assert [(case.kind, case.state) for case in talk.cases()] == [
        ("return", "resolved"), ("suggestion", "resolved"),
    ]  # fmt: skip


def test_nobody_else_is_told_of_it(counter: Counter, leaves: Any) -> None:
    _, left = leaves("return")
    visitor, other = counter.visitor(), counter.customer(ref_of("billing", 9))
    for talk in (visitor, other):
        assert "jeans" not in talk.says("hello")
    visitor.says("I want to return my jeans")
    assert (visitor.asked, visitor.task.get("reason", "")) == ("identity", "")
    assert left.conversation.left_open is not None


def test_it_is_exported_and_erased_with_the_customer(counter: Counter, leaves: Any) -> None:
    _, left = leaves("return")
    database, kept = counter.container.database, left.conversation
    with database.read() as session:
        exported = export_customer(session, kept.customer_id)["conversation"]
    assert exported[0]["left_open"]["task"]["reason"] == "changed_mind"
    with database.begin() as session:
        erase_customer(session, kept.customer_id, counter.container.clock.now())
    with database.read() as session:
        assert session.get(Conversation, left.id) is None


@pytest.fixture
def own_clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def late(reader: Reader, tmp_path: Path, own_clock: FixedClock) -> Iterator[Talk]:
    """Within the window for some days yet, and left at the offer."""
    visit = SOON_TOO_LATE.visit("C1001", "late")
    with open_counter(tmp_path / "var", [visit], reader, own_clock) as made:
        talk = made.customer("C1001")
        talk.says("I want to return my jeans")
        talk.says("changed my mind")
        assert "utter_return_offer_refund_pays" in talk.responses
        yield talk


def test_a_window_that_closed_meanwhile_is_closed(late: Talk, own_clock: FixedClock) -> None:
    own_clock.advance(timedelta(days=13))
    talk = late.counter.customer("C1001")
    talk.says("hello")
    assert "utter_refused_outside_window" in talk.responses
    assert "Store credit" in talk.titles[0]


def test_after_a_fortnight_it_is_forgotten(late: Talk, own_clock: FixedClock) -> None:
    own_clock.advance(timedelta(days=14, minutes=1))
    assert "Good to have you back" not in late.counter.customer("C1001").says("hello")
