"""Requests put right: what is offered, what is done, and that it is done once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from careline.journey.models import Case, Goodwill, Promise, Touchpoint
from careline.journey.words import CaseKind, CaseState, Resolution
from careline.service.facts import Assessment, Remedy, Request, Settled
from careline.service.gathering import OrderNotFound
from careline.service.settlement import (
    RemedyNotAllowed,
    approve,
    assess_request,
    decline,
    open_case,
    pay_for_received_returns,
    recover,
    settle,
)
from tests.service.conftest import House

BOOTS = "Harbour boots | 40, navy"
TELEVISION = "Lookout television 43"


def offered(assessment: Assessment) -> list[Resolution]:
    return [remedy.resolution for remedy in assessment.remedies]


def pick(assessment: Assessment, resolution: Resolution) -> Remedy:
    return next(r for r in assessment.remedies if r.resolution is resolution)


def put_right(house: House, request: Request, resolution: Resolution) -> Settled:
    remedy = pick(assess_request(house.services, request), resolution)
    return settle(house.services, request, remedy)


def rows(house: House, kind: type) -> list:  # type: ignore[type-arg]
    with house.services.database.read() as session:
        return list(session.scalars(select(kind)))


def refunded(house: House, line: str) -> Decimal:
    order = house.shop.order(line.split("-")[0])
    return next(one.refunded for one in order.lines if one.id == line)


def test_a_wrong_item_is_sent_again_and_the_dear_one_is_collected(house: House) -> None:
    line = house.market.line(BOOTS)
    request = house.request(CaseKind.WRONG_ITEM, line)
    assessment = assess_request(house.services, request)
    assert offered(assessment) == [Resolution.REPLACEMENT, Resolution.REFUND]
    assert assessment.remedies[0].collect_old

    settled = settle(house.services, request, assessment.remedies[0])

    assert settled.state is CaseState.RESOLVED
    assert settled.case_number == "CL-100001"
    assert settled.reference is not None
    assert house.shop.order(settled.reference).replaces == line.split("-")[0]
    assert settled.details["label_url"]
    assert settled.remedy is not None
    assert settled.remedy.by == date(2026, 11, 24)  # two working days after a Friday


def test_a_cheap_wrong_item_is_kept(house: House) -> None:
    request = house.request(CaseKind.WRONG_ITEM, house.market.line("Box of five socks | 40-43"))
    assert not any(r.collect_old for r in assess_request(house.services, request).remedies)


def test_a_wrong_bakery_box_is_never_collected(house: House) -> None:
    line = house.market.line("Croissant box | 12", quantity=6)
    request = house.request(CaseKind.WRONG_ITEM, line, quantity=6)
    settled = put_right(house, request, Resolution.REFUND)
    assert refunded(house, line) == Decimal("86.40")
    assert "label_url" not in settled.details


def test_everything_about_a_case_is_in_the_record(house: House) -> None:
    line = house.market.line(BOOTS)
    request = house.request(CaseKind.WRONG_ITEM, line, wished=Resolution.REFUND, details="socks!")
    settled = put_right(house, request, Resolution.REFUND)
    [case] = rows(house, Case)
    assert (case.kind, case.state, case.resolution) == ("wrong_item", "resolved", "refund")
    assert (case.root_cause, case.owner) == ("wrong_item_packed", "warehouse")
    assert (case.amount, case.currency, case.wished) == (Decimal("89.00"), "GBP", "refund")
    [promise] = rows(house, Promise)
    assert (promise.what, promise.reference) == ("refund_paid", settled.reference)
    assert promise.due_on == settled.remedy.by  # type: ignore[union-attr]
    assert [t.kind for t in rows(house, Touchpoint)] == ["case.opened", "case.resolved"]


def test_the_same_request_again_does_nothing_and_answers_the_same(house: House) -> None:
    line = house.market.line(BOOTS)
    request = house.request(CaseKind.WRONG_ITEM, line)
    remedy = pick(assess_request(house.services, request), Resolution.REFUND)
    first = settle(house.services, request, remedy)
    again = settle(house.services, request, remedy)
    assert again.repeated
    assert (again.case_number, again.reference) == (first.case_number, first.reference)
    assert refunded(house, line) == Decimal("89.00")


def test_what_is_settled_is_not_settled_again_under_another_name(house: House) -> None:
    line = house.market.line(BOOTS)
    first = put_right(house, house.request(CaseKind.FAULTY, line), Resolution.KEEP_ITEM)
    for kind in (CaseKind.WRONG_ITEM, CaseKind.FAULTY, CaseKind.RETURN, CaseKind.MISSING):
        answer = assess_request(house.services, house.request(kind, line))
        assert answer.refusal is not None
        assert answer.refusal.code == "already_settled"
        assert answer.refusal.facts["case_number"] == first.case_number


def test_a_remedy_that_policy_does_not_have_is_refused(house: House) -> None:
    line = house.market.line(BOOTS, days=39)
    request = house.request(CaseKind.RETURN, line)
    other = house.request(CaseKind.WRONG_ITEM, house.market.line(BOOTS))
    remedy = pick(assess_request(house.services, other), Resolution.REFUND)
    with pytest.raises(RemedyNotAllowed):
        settle(house.services, request, remedy)
    assert rows(house, Case) == []


def test_a_remedy_agreed_before_midnight_holds_after_it(house: House) -> None:
    request = house.request(CaseKind.WRONG_ITEM, house.market.line(BOOTS))
    remedy = pick(assess_request(house.services, request), Resolution.REFUND)
    house.clock.advance(timedelta(days=1))
    assert settle(house.services, request, remedy).state is CaseState.RESOLVED


def test_a_dear_refund_waits_for_a_person_who_may_approve_it(house: House) -> None:
    line = house.market.line(TELEVISION, quantity=3)
    request = house.request(CaseKind.FAULTY, line, quantity=3, has_photo=True)
    settled = put_right(house, request, Resolution.REFUND)
    assert settled.state is CaseState.WAITING_APPROVAL
    assert refunded(house, line) == 0
    approved = approve(house.services, settled.case_number, by="staff:mira")
    assert approved.state is CaseState.RESOLVED
    assert refunded(house, line) == Decimal("1137.00")


def test_a_declined_refund_is_not_paid(house: House) -> None:
    line = house.market.line(TELEVISION, quantity=3)
    request = house.request(CaseKind.FAULTY, line, quantity=3)
    settled = put_right(house, request, Resolution.REFUND)
    ended = decline(house.services, settled.case_number, by="staff:mira", because="photo shows use")
    assert (ended.state, ended.resolution) == (CaseState.RESOLVED, Resolution.NONE)
    assert recover(house.services) == 0
    assert refunded(house, line) == 0


def test_a_refused_write_goes_to_a_person_with_a_date(house: House) -> None:
    line = house.market.line(BOOTS)
    request = house.request(CaseKind.WRONG_ITEM, line)
    remedy = pick(assess_request(house.services, request), Resolution.REPLACEMENT)
    house.shop.refuse_next()
    settled = settle(house.services, request, remedy)
    assert settled.state is CaseState.HANDED_OVER
    assert settled.details["refused"] == "other"
    [promise] = rows(house, Promise)
    assert promise.what == "answer_given"


@pytest.mark.parametrize("cut", ["time_out_before_next", "time_out_after_next"])
@pytest.mark.parametrize("how", ["again", "recover"])
def test_a_silent_shop_leaves_the_case_to_be_finished_once(
    house: House, cut: str, how: str
) -> None:
    line = house.market.line(BOOTS)
    request = house.request(CaseKind.WRONG_ITEM, line)
    remedy = pick(assess_request(house.services, request), Resolution.REFUND)
    getattr(house.shop, cut)()
    waiting = settle(house.services, request, remedy)
    assert (waiting.state, waiting.details) == (CaseState.OPEN, {"waiting_for": "shop"})
    if how == "recover":
        assert recover(house.services) == 1
    done = settle(house.services, request, remedy)
    assert done.state is CaseState.RESOLVED
    assert done.case_number == waiting.case_number
    assert refunded(house, line) == Decimal("89.00")
    assert recover(house.services) == 0


def test_a_shop_that_stays_silent_is_a_matter_for_a_person(house: House) -> None:
    request = house.request(CaseKind.WRONG_ITEM, house.market.line(BOOTS))
    remedy = pick(assess_request(house.services, request), Resolution.REPLACEMENT)
    house.shop.time_out_before_next()
    settle(house.services, request, remedy)
    house.clock.advance(timedelta(hours=3))
    house.shop.time_out_before_next()
    assert recover(house.services) == 1
    [case] = rows(house, Case)
    assert case.state == "handed_over"


def test_somebody_elses_order_and_a_wrong_number_get_the_same_answer(house: House) -> None:
    theirs = house.market.line(BOOTS, customer="C1002")
    for line in (theirs, "99999-1"):
        with pytest.raises(OrderNotFound) as refused:
            assess_request(house.services, house.request(CaseKind.RETURN, line))
        assert refused.value.message == (
            "There is no such order for this customer; check the number."
        )


def test_a_dear_return_is_paid_when_the_goods_are_back(house: House) -> None:
    line = house.market.line(TELEVISION)
    request = house.request(CaseKind.RETURN, line, reason="changed_mind")
    remedy = pick(assess_request(house.services, request), Resolution.REFUND)
    assert remedy.amount is not None
    assert remedy.amount.amount == Decimal("375.50")  # the label is the customer's
    assert remedy.needs_approval == "over_the_limit"
    settled = settle(house.services, request, remedy)
    settled = approve(house.services, settled.case_number, by="staff:mira")
    assert refunded(house, line) == 0
    assert pay_for_received_returns(house.services) == 0
    assert settled.reference is not None
    house.market.receive_return(settled.reference)
    assert pay_for_received_returns(house.services) == 1
    assert pay_for_received_returns(house.services) == 0
    assert refunded(house, line) == Decimal("375.50")


def test_goodwill_is_given_once_for_a_case_and_within_the_budget(house: House) -> None:
    numbers = [house.market.order(BOOTS, state="shipped", late=4) for _ in range(6)]
    given = 0
    for number in numbers:
        request = house.request(CaseKind.DELIVERY, order_number=number)
        assessment = assess_request(house.services, request)
        if Resolution.GOODWILL in offered(assessment):
            put_right(house, request, Resolution.GOODWILL)
            given += 1
        again = assess_request(
            house.services, house.request(CaseKind.DELIVERY, order_number=number)
        )
        assert Resolution.GOODWILL not in offered(again)
    assert given == 4  # 4 x £5 is the year's £20
    assert sum(gift.worth for gift in rows(house, Goodwill)) == Decimal("20.00")


def test_a_gift_that_the_shop_refuses_does_not_use_up_the_budget(house: House) -> None:
    number = house.market.order(BOOTS, state="shipped", late=4)
    request = house.request(CaseKind.DELIVERY, order_number=number)
    remedy = pick(assess_request(house.services, request), Resolution.GOODWILL)
    house.shop.refuse_next()
    settle(house.services, request, remedy)
    assert rows(house, Goodwill) == []


def test_a_late_parcel_is_traced_and_a_lost_one_made_good(house: House) -> None:
    number = house.market.order(BOOTS, "Glass carafe", state="shipped", late=2)
    request = house.request(CaseKind.DELIVERY, order_number=number)
    traced = put_right(house, request, Resolution.NONE)
    assert traced.state is CaseState.OPEN
    assert traced.details["carrier"] == "Royal Mail"
    again = assess_request(house.services, house.request(CaseKind.DELIVERY, order_number=number))
    assert again.refusal is not None
    assert again.refusal.code == "under_way"

    house.clock.advance(timedelta(days=7))
    lost = house.request(CaseKind.DELIVERY, order_number=number)
    settled = put_right(house, lost, Resolution.REFUND)
    assert settled.state is CaseState.RESOLVED
    assert [refunded(house, f"{number}-{n}") for n in (1, 2)] == [
        Decimal("89.00"),
        Decimal("26.00"),
    ]
    assert {case.state for case in rows(house, Case)} == {"resolved"}  # the trace has ended too


def test_an_order_is_cancelled_until_it_is_shipped(house: House) -> None:
    number = house.market.order(BOOTS, state="paid")
    settled = put_right(
        house, house.request(CaseKind.CANCEL, order_number=number), Resolution.REFUND
    )
    assert settled.resolution is Resolution.REFUND
    assert house.shop.order(number).state == "cancelled"
    shipped = house.market.order(BOOTS, state="shipped")
    answer = assess_request(house.services, house.request(CaseKind.CANCEL, order_number=shipped))
    assert answer.refusal is not None
    assert answer.refusal.code == "already_shipped"


def test_an_address_is_changed_until_the_order_is_shipped(house: House) -> None:
    number = house.market.order(BOOTS, state="paid")
    wanted = {"street": "2 Pier", "postcode": "BS2", "city": "Bath"}
    request = house.request(CaseKind.CHANGE, order_number=number, reason="address", wanted=wanted)
    settled = put_right(house, request, Resolution.NONE)
    assert settled.state is CaseState.RESOLVED
    assert house.shop.order(number).address.street == "2 Pier"


def test_a_double_charge_goes_back_and_a_single_one_does_not(house: House) -> None:
    number = house.market.order(BOOTS, payments=("captured", "captured"))
    request = house.request(CaseKind.BILLING, order_number=number, reason="charged_twice")
    settled = put_right(house, request, Resolution.REFUND)
    assert settled.remedy is not None
    assert settled.remedy.amount is not None
    assert settled.remedy.amount.amount == Decimal("89.00")
    again = assess_request(house.services, house.request(CaseKind.BILLING, order_number=number))
    assert again.refusal is not None
    assert again.refusal.code == "charged_once"


def test_a_visitor_may_complain_about_an_order_and_sees_nothing_of_it(house: House) -> None:
    theirs = house.market.order(BOOTS, customer="C1002")
    request = house.request(CaseKind.COMPLAINT, order_number=theirs, details="rude courier")
    settled = open_case(house.services, request, state=CaseState.HANDED_OVER)
    again = open_case(house.services, request, state=CaseState.HANDED_OVER)
    assert (again.case_number, again.repeated) == (settled.case_number, True)
    [case] = rows(house, Case)
    assert case.order_number is None
    assert theirs in case.details
