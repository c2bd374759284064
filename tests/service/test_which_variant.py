"""The size or colour that a customer's words mean, among what is in stock."""

from decimal import Decimal

import pytest

from careline.service.which_variant import meant
from careline.shops.protocol import Money, Variant

NOW = {"size": "41", "colour": "brown"}


def boots(size: str, colour: str) -> Variant:
    return Variant(
        sku=f"B-{size}-{colour}",
        product="Harbour boots",
        category="footwear",
        words=("boots",),
        options={"size": size, "colour": colour},
        price=Money(Decimal("89.00"), "GBP"),
        in_stock=3,
        warranty_months=12,
        final_sale=False,
    )


OTHERS = [boots("41", "navy"), boots("42", "brown"), boots("42", "navy"), boots("40", "brown")]


@pytest.mark.parametrize(
    ("said", "sku"),
    [
        ("can I have size 42 instead of 41?", "B-42-brown"),
        ("I have the 41, I need 42", "B-42-brown"),
        ("in navy please", "B-41-navy"),
        ("one size smaller", "B-40-brown"),
        ("42 in navy", "B-42-navy"),
    ],
)
def test_words_name_the_one_that_is_wanted(said: str, sku: str) -> None:
    variant = meant(OTHERS, said, NOW)
    assert variant is not None
    assert variant.sku == sku


@pytest.mark.parametrize("said", ["another one", "size 47", "I have a 41", ""])
def test_words_that_name_none_choose_none(said: str) -> None:
    assert meant(OTHERS, said, NOW) is None


def test_a_lone_capital_is_a_size_and_a_lone_small_letter_is_not() -> None:
    shirts = [boots(size, "white") for size in ("S", "L")]
    now = {"size": "M", "colour": "white"}
    large = meant(shirts, "L. is that so hard", now)
    assert large is not None
    assert large.options["size"] == "L"
    assert meant(shirts, "it's not what I meant, that s one", now) is None
