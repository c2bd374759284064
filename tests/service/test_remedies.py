"""What policy allows in each situation, and the one reason when it does not."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from careline.journey.words import CaseKind, Resolution
from careline.service.facts import Assessment
from careline.service.recall import recall
from careline.service.settlement import assess_request, settle
from tests.service.conftest import House

BOOTS = "Harbour boots | 40, navy"
R = Resolution


def offered(assessment: Assessment) -> list[Resolution]:
    return [remedy.resolution for remedy in assessment.remedies]


def code(assessment: Assessment) -> str:
    return assessment.refusal.code if assessment.refusal else ""


def ask(house: House, kind: CaseKind, line: str | None = None, **more: object) -> Assessment:
    return assess_request(house.services, house.request(kind, line, **more))


@pytest.mark.parametrize(
    ("item", "days", "refusal", "remedies"),
    [
        (BOOTS, 3, "", [R.REFUND]),
        (BOOTS, 30, "", [R.REFUND]),
        (BOOTS, 31, "outside_window", [R.REFUND, R.HANDED_OVER]),  # as store credit
        (BOOTS, 61, "outside_window", [R.HANDED_OVER]),
        ("Wooden tugboat", 45, "", [R.REFUND]),
        ("Tides and Times", 15, "outside_window", [R.REFUND, R.HANDED_OVER]),
        ("Summer shorts, last season | M", 3, "final_sale", [R.HANDED_OVER]),
        ("Croissant box | 12", 1, "not_returnable", [R.HANDED_OVER]),
    ],
)
def test_returns(
    house: House, item: str, days: int, refusal: str, remedies: list[Resolution]
) -> None:
    answer = ask(house, CaseKind.RETURN, house.market.line(item, days=days))
    assert (code(answer), offered(answer)) == (refusal, remedies)


def test_a_return_is_refused_after_the_window_with_its_facts_and_store_credit(
    house: House,
) -> None:
    answer = ask(house, CaseKind.RETURN, house.market.line(BOOTS, days=39))
    assert answer.refusal is not None
    assert answer.refusal.facts == {"days": "30", "over": "9"}
    credit = answer.remedies[0]
    assert credit.method == "store credit"
    assert credit.amount is not None
    assert credit.amount.amount == Decimal("71.20")


def test_the_customer_pays_the_label_only_for_a_change_of_mind(house: House) -> None:
    line = house.market.line(BOOTS)
    minded = ask(house, CaseKind.RETURN, line, reason="changed_mind").remedies[0]
    tight = ask(house, CaseKind.RETURN, line, reason="doesnt_fit").remedies[0]
    assert minded.customer_pays_shipping
    assert not tight.customer_pays_shipping
    assert minded.amount is not None
    assert tight.amount is not None
    assert tight.amount.amount - minded.amount.amount == Decimal("3.50")


def test_used_things_are_not_returned(house: House) -> None:
    assert code(ask(house, CaseKind.RETURN, house.market.line(BOOTS), used=True)) == "used"


def test_nothing_is_returned_before_it_is_there(house: House) -> None:
    line = house.market.line(BOOTS, state="shipped")
    assert code(ask(house, CaseKind.RETURN, line)) == "not_delivered"


@pytest.mark.parametrize(
    ("item", "days", "photo", "refusal", "remedies", "collected"),
    [
        (BOOTS, 3, True, "", [R.REPLACEMENT, R.REFUND, R.KEEP_ITEM], True),
        ("Galley kettle | steel", 3, True, "", [R.REPLACEMENT, R.REFUND], False),
        ("Galley kettle | steel", 3, False, "", [R.REPLACEMENT, R.REFUND, R.KEEP_ITEM], True),
        ("Galley kettle | steel", 31, True, "", [R.REPAIR], True),
        ("Galley kettle | steel", 800, True, "outside_warranty", [R.HANDED_OVER], False),
        ("Wool blanket | grey", 100, True, "", [R.REPLACEMENT], True),
        ("Muffin box | blueberry", 7, False, "", [R.REPLACEMENT, R.REFUND], False),
        ("Muffin box | blueberry", 8, False, "outside_warranty", [R.HANDED_OVER], False),
    ],
)
def test_faulty_things(
    house: House,
    item: str,
    days: int,
    photo: bool,
    refusal: str,
    remedies: list[Resolution],
    collected: bool,
) -> None:
    line = house.market.line(item, days=days)
    answer = ask(house, CaseKind.FAULTY, line, has_photo=photo)
    assert (code(answer), offered(answer)) == (refusal, remedies)
    assert answer.remedies[0].collect_old is collected


@pytest.mark.parametrize(
    "words", ["there was SMOKE coming out", "my son was injured", "it gave me an electric shock"]
)
def test_danger_goes_to_a_person_and_nothing_else_is_offered(house: House, words: str) -> None:
    answer = ask(house, CaseKind.FAULTY, house.market.line("Galley kettle | steel"), details=words)
    assert (code(answer), offered(answer)) == ("safety", [R.HANDED_OVER])


def test_what_is_sold_out_cannot_be_sent_again(house: House) -> None:
    line = house.market.line(BOOTS)
    house.market.sell_out("Harbour boots", size="40", colour="navy")
    assert offered(ask(house, CaseKind.WRONG_ITEM, line)) == [R.REFUND]


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"size": "41"}, ""),
        ({"colour": "brown"}, ""),
        ({"size": "41", "colour": "Brown"}, ""),
        ({"size": "39"}, "sold_out"),
        ({"size": "52"}, "not_a_variant"),
        ({}, "not_a_variant"),
    ],
)
def test_exchanges(house: House, wanted: dict[str, str], refusal: str) -> None:
    line = house.market.line(BOOTS)
    house.market.sell_out("Harbour boots", size="39", colour="navy")
    answer = ask(house, CaseKind.EXCHANGE, line, wanted=wanted)
    assert code(answer) == refusal
    if refusal:
        assert "size 41, navy" in answer.refusal.facts["in_stock"]  # type: ignore[union-attr]
        assert offered(answer) == [R.REFUND, R.HANDED_OVER]
    else:
        assert offered(answer) == [R.EXCHANGE]


def test_one_of_three_missing_pieces_is_sent_or_paid_back(house: House) -> None:
    line = house.market.line("Glass carafe", quantity=3)
    answer = ask(house, CaseKind.MISSING, line, quantity=1)
    assert offered(answer) == [R.REPLACEMENT, R.REFUND]
    assert answer.remedies[1].amount is not None
    assert answer.remedies[1].amount.amount == Decimal("26.00")
    assert not any(remedy.collect_old for remedy in answer.remedies)


@pytest.mark.parametrize(
    ("late", "refusal", "remedies"),
    [
        (0, "not_late_yet", [R.HANDED_OVER]),
        (1, "", [R.NONE]),
        (3, "", [R.NONE, R.GOODWILL]),
        (8, "", [R.REPLACEMENT, R.REFUND, R.NONE]),
    ],
)
def test_parcels_that_are_late(
    house: House, late: int, refusal: str, remedies: list[Resolution]
) -> None:
    number = house.market.order(BOOTS, state="shipped", late=late)
    answer = ask(house, CaseKind.DELIVERY, order_number=number)
    assert (code(answer), offered(answer)) == (refusal, remedies)


def test_a_parcel_said_to_be_delivered_is_looked_for_a_day_and_then_made_good(
    house: House,
) -> None:
    line = house.market.line(BOOTS, days=0)
    first = ask(house, CaseKind.MISSING, line, reason="parcel_missing")
    assert (code(first), offered(first)) == ("look_again", [R.NONE, R.HANDED_OVER])
    house.clock.advance(timedelta(days=1))
    then = ask(house, CaseKind.MISSING, line, reason="parcel_missing")
    assert offered(then) == [R.REPLACEMENT, R.REFUND, R.NONE]


def test_a_replacement_that_is_wrong_again_is_collected_if_it_is_dear(house: House) -> None:
    """What was sent free of charge has no price, and is worth something all the same."""
    line = house.market.line("Lookout television 43")
    request = house.request(CaseKind.FAULTY, line, has_photo=True)
    first = assess_request(house.services, request).remedies[0]
    new_order = settle(house.services, request, first).reference
    assert new_order is not None
    house.market.shop.mark_shipped(new_order)
    house.market.shop.mark_delivered(new_order)
    again = ask(house, CaseKind.FAULTY, f"{new_order}-1", has_photo=True)
    assert offered(again) == [R.REPLACEMENT]
    assert again.remedies[0].collect_old


def test_equal_cases_get_equal_amends_whatever_the_words(house: House) -> None:
    lines = [house.market.line(BOOTS), house.market.line(BOOTS)]
    calm = ask(house, CaseKind.WRONG_ITEM, lines[0], details="Could you help, please?")
    angry = ask(house, CaseKind.WRONG_ITEM, lines[1], details="WORST SHOP EVER, I want £500!!!")
    assert calm == angry


@pytest.mark.parametrize("kind", [CaseKind.RETURN, CaseKind.REFUND])
@pytest.mark.parametrize(
    ("item", "days", "more"),
    [
        (BOOTS, 400, {}),  # past the window
        (BOOTS, 400, {"used": True}),
        ("Summer shorts, last season | M, sand", 3, {}),  # final sale
        ("Muffin box | blueberry", 5, {}),  # food
        (BOOTS, 3, {"reason": "changed_mind"}),  # they would pay the label
    ],
)
def test_a_recalled_thing_comes_back_whatever_the_rules(
    house: House, kind: CaseKind, item: str, days: int, more: dict[str, Any]
) -> None:
    line = house.market.line(item, days=days)
    if not more or "used" in more:
        assert R.REFUND not in offered(ask(house, kind, line, **more))
    recall(house.services, item.split(" | ")[0])
    answer = ask(house, kind, line, **more)
    assert (code(answer), offered(answer)) == ("", [R.REFUND, R.REPLACEMENT])
    assert not any(remedy.customer_pays_shipping for remedy in answer.remedies)
    order = house.shop.order(line.split("-")[0])
    assert order is not None
    assert answer.remedies[0].amount == order.lines[0].price


def test_a_recall_of_another_product_or_order_changes_nothing(house: House) -> None:
    line = house.market.line(BOOTS, days=400)
    recall(house.services, "Galley kettle")
    assert code(ask(house, CaseKind.RETURN, line)) == "outside_window"


def test_a_recalled_thing_that_broke_has_no_end_of_warranty(house: House) -> None:
    line = house.market.line("Galley kettle | steel", days=800)
    recall(house.services, "Galley kettle")
    assert offered(ask(house, CaseKind.FAULTY, line)) == [R.REFUND, R.REPLACEMENT]
