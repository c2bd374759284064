"""Names are read where people announce them, and nowhere else."""

import pytest

from bot.extraction import finds_in
from bot.name_patterns import announced_names


def names(text):
    return [found.value for found in announced_names(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my name is Sarah Connor", "Sarah Connor"),
        ("my name is sarah connor", "sarah connor"),
        ("Hi, Emma Clarke here, order 10866", "Emma Clarke"),
        ("I spoke to a Mrs Obi last week", "Obi"),
        ("that is for my husband, Kofi Mensah", "Kofi Mensah"),
        ("It never came.\nKind regards\nHannah Schmidt", "Hannah Schmidt"),
        ("signed for by J. Peters", "J. Peters"),
        ("hello i am raj", "raj"),
        ("it's under the name Camille Lefèvre", "Camille Lefèvre"),
    ],
)
def test_an_announced_name_is_read(text, name):
    assert names(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "I'm furious",
        "i'm hungry",
        "This is Unacceptable",
        "it's broken",
        "My Order Is Late",
        "I paid with Klarna",
        "Royal Mail lost it",
        "Thanks, bye",
        "there's a typo, it's Birch Road",
        "call me once you know",
        "my name is misspelled",
    ],
)
def test_feelings_shops_and_shouting_are_no_names(text):
    assert names(text) == []


@pytest.mark.parametrize("text", ["my name is Violet Green", "Hi, May speaking", "Rose here"])
def test_an_announced_name_is_neither_a_colour_nor_a_month(text):
    assert {found.entity for found in finds_in(text)} == {"person"}


def test_the_colour_and_the_month_are_still_found_where_no_name_is_announced():
    assert [f.entity for f in finds_in("in rose please, since may")] == ["colour", "date"]
