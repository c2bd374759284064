"""Customers name what they mean in their own words, and see only what is theirs."""

import pytest

from careline.service import orders
from careline.service.said_things import about_the_trouble, ordered_and_received
from tests.service.conftest import House

SHOES, SOCKS, BUNS, MUFFINS, TELLY = (
    "Pier deck shoes | 42, navy",
    "Box of five socks | 40-43",
    "Croissant box | 12",
    "Muffin box | blueberry",
    "Lookout television 43",
)
NAMED = 0.75


@pytest.fixture
def wardrobe(house: House) -> dict[str, str]:
    """One recent order of each, newest last; the line ids by product."""
    found = {}
    for days, item in ((9, TELLY), (7, SOCKS), (5, SHOES), (3, MUFFINS), (1, BUNS)):
        found[item] = house.market.line(item, days=days)
    return found


def best(house: House, kind: str, words: str) -> orders.LineChoice:
    return orders.choices(house.services, house.customer, kind=kind, words=words)[0]


@pytest.mark.parametrize(
    ("words", "item"),
    [
        ("I got a box of socks instead of the shoes", SHOES),
        ("box of socks instead of shoes", SHOES),
        ("you sent me socks, I ordered deck shoes", SHOES),
        ("I ordered deck shoes and received socks", SHOES),
        ("I ordered shoes but there were socks in the box", SHOES),
        ("there are socks in the parcel, not my shoes", SHOES),
        ("croissant ordered, muffin received", BUNS),
        ("we wanted croissants and got muffins", BUNS),
        ("the croissants turned out to be muffins, I ordered croissants", BUNS),
        ("supposed to be croissants but these are muffins", BUNS),
        ("my order was for a television and I got a kettle", TELLY),
        ("instead of my telly you sent something else", TELLY),
        ("expected shoes, opened the box and found socks!!", SHOES),
        ("I should have received muffins. Croissants came.", MUFFINS),
    ],
)
def test_what_was_ordered_is_meant_and_not_what_came(
    house: House, wardrobe: dict[str, str], words: str, item: str
) -> None:
    choice = best(house, "wrong_item", words)
    assert choice.line_id == wardrobe[item]
    assert choice.score >= NAMED


@pytest.mark.parametrize(
    ("words", "item"),
    [
        ("my telly arrived broken", TELLY),
        ("the televison has a crack", TELLY),
        ("TV screen is smashed", TELLY),
        ("muffins were all mouldy", MUFFINS),
        ("the deck shoes have a hole", SHOES),
        ("one of the socks has a hole", SOCKS),
        ("the sox... I mean the navy shoes", SHOES),
    ],
)
def test_synonyms_and_typos_name_a_line(
    house: House, wardrobe: dict[str, str], words: str, item: str
) -> None:
    assert best(house, "faulty", words).line_id == wardrobe[item]


@pytest.mark.parametrize(
    ("words", "item"),
    [
        ("the one that came yesterday", BUNS),
        ("the parcel delivered 3 days ago is wrong", MUFFINS),
        ("order that arrived on tuesday 17 november", MUFFINS),
        ("it was delivered 15/11", SHOES),
    ],
)
def test_a_day_names_what_came_on_it(
    house: House, wardrobe: dict[str, str], words: str, item: str
) -> None:
    choice = best(house, "return", words)
    assert choice.line_id == wardrobe[item]
    assert choice.score >= NAMED


@pytest.mark.parametrize(
    "words",
    ["my flight was late", "boot me out of your list", "can you help", "is the website blank"],
)
def test_other_things_name_no_line(house: House, words: str) -> None:
    for item in (
        "Lantern table lamp | brass",
        "Harbour boots | 40, navy",
        "Foghorn headphones | black",
    ):
        house.market.line(item)
    assert best(house, "faulty", words).score < NAMED


def test_the_more_exact_word_decides_between_two_that_share_one(house: House) -> None:
    house.market.line("Mast floor lamp | oak", days=2)
    wanted = house.market.line("Lantern table lamp | brass", days=9)
    found = orders.choices(
        house.services, house.customer, kind="faulty", words="bedside lamp flickers"
    )
    assert found[0].line_id == wanted
    assert found[0].score - found[1].score >= 0.2


def test_without_words_the_newest_comes_first(house: House, wardrobe: dict[str, str]) -> None:
    found = orders.choices(house.services, house.customer, kind="return", limit=3)
    assert [c.line_id for c in found] == [wardrobe[BUNS], wardrobe[MUFFINS], wardrobe[SHOES]]
    assert all(c.score == 0 for c in found)


def test_two_that_are_alike_are_told_apart_by_size_or_left_to_the_customer(house: House) -> None:
    white = house.market.line("Quayside trainers | 39, white", days=3)
    grey = house.market.line("Quayside trainers | 40, grey", days=6)
    either = orders.choices(house.services, house.customer, kind="return", words="my trainers")
    assert either[0].score - either[1].score < 0.2
    for words, line in (("the grey trainers", grey), ("trainers in size 39", white)):
        named = orders.choices(house.services, house.customer, kind="return", words=words)
        assert named[0].line_id == line
        assert named[0].score - named[1].score >= 0.2


def test_only_lines_that_fit_the_topic_are_offered(house: House) -> None:
    arrived = house.market.line(SHOES)
    coming = house.market.line(SHOES, state="shipped")
    waiting = house.market.line(SHOES, state="paid")

    def lines(kind: str) -> set[str]:
        return {c.line_id for c in orders.choices(house.services, house.customer, kind=kind)}

    assert lines("return") == {arrived}
    assert lines("missing") == {arrived, coming}
    assert lines("cancel") == {waiting}


def test_somebody_elses_order_is_not_there(house: House) -> None:
    theirs = house.market.order(SHOES, customer="C1002")
    for number in (theirs, "99999"):
        found = orders.choices(house.services, house.customer, kind="return", order_number=number)
        assert found == []
        assert orders.status(house.services, house.customer, number) is None
        assert orders.refund_status(house.services, house.customer, number) == []


def test_an_order_is_named_by_what_is_in_it(house: House, wardrobe: dict[str, str]) -> None:
    found = orders.order_choices(
        house.services, house.customer, kind="status", words="where are my croissants"
    )
    assert found[0].number == wardrobe[BUNS].split("-")[0]
    assert found[0].score >= NAMED


def test_a_late_order_says_by_how_much(house: House) -> None:
    number = house.market.order(SHOES, state="shipped", late=3)
    status = orders.status(house.services, house.customer, number)
    assert status is not None
    assert (status.late_days, status.carrier) == (3, "Royal Mail")


@pytest.mark.parametrize(
    ("words", "ordered", "received"),
    [
        ("I ordered boots but got socks", "boots", "socks"),
        ("size 41 instead of 42", "42", "size 41"),
        ("this is not what I ordered", "", ""),
    ],
)
def test_the_two_halves_of_a_mix_up(words: str, ordered: str, received: str) -> None:
    first, second = ordered_and_received(words)
    assert ordered in first
    assert received in second


@pytest.mark.parametrize(
    ("words", "about"),
    [
        ("the lamp came, but the television is missing", "television"),
        ("love the plates! two of the mugs are chipped", "mugs"),
        ("the book is great but the lamp is in pieces", "lamp"),
        ("there was only a puzzle, the whale is not in the box", "whale"),
    ],
)
def test_of_several_things_the_one_in_trouble_is_meant(words: str, about: str) -> None:
    told = about_the_trouble(words)
    assert about in told
    assert not any(fine in told for fine in ("came", "plates", "book", "puzzle"))
