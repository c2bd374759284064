"""Which parts of a message are requests of their own, and which only say the same once more."""

import pytest

from actions import also_asked
from actions.form import order_number_in
from actions.quantities import how_many_said


@pytest.mark.parametrize(
    ("intent", "other", "words"),
    [
        ("faulty_or_damaged_product", "suggestion", "Another idea: pack glass in straw"),
        ("return_item", "order_status_or_delivery", "and where is my clock?"),
        ("faulty_or_damaged_product", "refund_request", "I also want my money back for the mugs"),
        ("missing_or_late_delivery", "give_rating_or_feedback", "two stars from me"),
    ],
)
def test_what_is_asked_beside_waits_its_turn(intent: str, other: str, words: str) -> None:
    assert also_asked.is_another(intent, other, words)


@pytest.mark.parametrize(
    ("intent", "other", "words"),
    [
        ("faulty_or_damaged_product", "refund_request", "I would like a refund for it."),
        ("wrong_item_received", "suggestion", "Would you kindly send the right one?"),
        ("order_status_or_delivery", "suggestion", "It should be on its way."),
        ("refund_status", "return_item", "I sent it back last week."),
        ("change_address", "change_order", "change it before it ships"),
        ("return_item", "give_rating_or_feedback", "Lovely otherwise."),
    ],
)
def test_a_wish_or_a_remark_is_no_second_request(intent: str, other: str, words: str) -> None:
    assert not also_asked.is_another(intent, other, words)


def test_goods_told_twice_are_one_matter_unless_others_are_spoken_of() -> None:
    fault, back = "faulty_or_damaged_product", "return_item"
    assert also_asked.is_same_goods(fault, back, "I want to send it back")
    assert not also_asked.is_same_goods(fault, back, "I want to send the other one back, too")
    assert not also_asked.is_same_goods(fault, "order_status_or_delivery", "where is it")


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("it's order 10482", "10482"),
        ("order number is 10482, thanks", "10482"),
        ("#10482", "10482"),
        ("I live in 10115 Berlin", None),
        ("call 0151 123456", None),
    ],
)
def test_five_digits_are_an_order_number_where_they_are_called_one(
    words: str, number: str | None
) -> None:
    assert order_number_in(words) == number


@pytest.mark.parametrize(
    ("words", "said"),
    [("all three arrived smashed", 3), ("all of the 4 came broken", 4), ("it all broke", None)],
)
def test_all_of_so_many_is_so_many(words: str, said: int | None) -> None:
    assert how_many_said(words, "Glass carafe") == said
