"""Wish, reason and danger are read from plain words."""

import pytest

from actions import wishes
from careline.journey.words import Resolution


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("I'd like my money back please", Resolution.REFUND),
        ("just refund me", Resolution.REFUND),
        ("can you send the right one", Resolution.REPLACEMENT),
        ("I want a new one", Resolution.REPLACEMENT),
        ("could I swap it for a different size", Resolution.EXCHANGE),
        ("please get it fixed", Resolution.REPAIR),
        ("I don't want a refund, send another one", Resolution.REPLACEMENT),
        ("I don't want a replacement, give me my money back", Resolution.REFUND),
        ("i dont want a refund i want a telly that works", Resolution.REPLACEMENT),
        ("anything rather than a refund", None),
        ("the parcel came on Tuesday", None),
    ],
)
def test_the_wish_is_what_they_ask_for_and_not_what_they_refuse(
    said: str, wish: Resolution | None
) -> None:
    assert wishes.wish_in(said) == wish


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("these shoes don't fit", "doesnt_fit"),
        ("the jacket is too small for me", "doesnt_fit"),
        ("tracking says delivered but there is nothing here", "says_delivered"),
        ("my parcel never arrived", "never_came"),
        ("one of the mugs was missing", "part_missing"),
        ("the telly turned up with a cracked screen", "broken"),
        ("I ordered croissants and got muffins", "wrong_item"),
        ("I changed my mind about it", "changed_mind"),
        ("hello", ""),
    ],
)
def test_the_reason_is_read_from_the_words(said: str, reason: str) -> None:
    assert wishes.reason_in(said) == reason


@pytest.mark.parametrize(
    ("said", "keeps"),
    [
        ("I'd keep it if something came off the price", True),
        ("could I get part of the price back", True),
        ("keep your boots, I want my money", False),
        ("I want my money back", False),
    ],
)
def test_keeping_a_thing_for_less_is_told_from_wanting_all_the_money(
    said: str, keeps: bool
) -> None:
    assert wishes.keeps_it(said) is keeps
