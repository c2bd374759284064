"""What the checked patterns find, and what they leave alone."""

import itertools

import pytest

from bot.patterns import find


def found(text):
    return [(f.entity, f.value) for f in find(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my order #10482 never came", "10482"),
        ("10482", "10482"),
        ("order no. 10482", "10482"),
        ("order number: 20817734", "20817734"),
        ("it's ab-12345", "AB-12345"),
        ("203-1234567-7654321 please", "203-1234567-7654321"),
    ],
)
def test_order_numbers_are_found_as_customers_write_them(text, value):
    assert found(text) == [("order_number", value)]


@pytest.mark.parametrize(
    "text",
    ["482913", "my code is 104821", "10,482 people", "iphone 11", "14 days", "24/7", "10482x"],
)
def test_other_numbers_are_no_order_numbers(text):
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "CL-100023, any news?",
        "INV-20261",
        "12000 steps to your shop",
        "10250 Maple Street",
        "Albany, NY 12207",
        "tracking 10482",
    ],
)
def test_numbers_of_cases_bills_parcels_and_houses_are_no_order_numbers(text):
    assert [kind for kind, _ in found(text) if kind == "order_number"] == []


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("greetings to Rose", []),
        ("in rose please", ["rose"]),
        ("chocolate muffins", []),
        ("the chocolate one", ["chocolate"]),
        ("out of the blue", []),
        ("yelow or turqoise", ["yellow", "turquoise"]),
    ],
)
def test_a_colour_is_one_of_goods(text, colours):
    assert [value for kind, value in found(text) if kind == "colour"] == colours


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("two mugs arrived chipped", ["2"]),
        ("ordered 4 and got 2", ["4", "2"]),
        ("six of the twelve croissants", ["6", "12"]),
        ("I asked two times in three weeks", []),
        ("no one answers", []),
        ("one of your drivers", []),
        ("can one of you answer", []),
        ("both of you said so", []),
        ("one of us will be in", []),
        ("one of them broke", ["1"]),
        ("3 out of 5", []),
    ],
)
def test_pieces_are_counted_and_times_are_not(text, counted):
    assert [value for kind, value in found(text) if kind == "quantity"] == counted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna.Berg+shop@mail.example.co.uk", ("email", "anna.berg+shop@mail.example.co.uk")),
        ("+44 20 7946 0958", ("phone", "+442079460958")),
        ("07700 900123", ("phone", "07700900123")),
        ("49,90 € back", ("amount", "49.90 EUR")),
        ("1,250.00 USD", ("amount", "1250.00 USD")),
        ("£10482", ("amount", "10482 GBP")),
        ("twenty? no, 20 quid", ("amount", "20 GBP")),
        ("size 42 please", ("size", "42")),
        ("uk 9.5", ("size", "9.5")),
        ("XL", ("size", "xl")),
        ("can I get it in 43?", ("size", "43")),
        ("I need a medium", ("size", "medium")),
        ("the navy blue pair", ("colour", "navy blue")),
        ("5 stars", ("rating", "5")),
        ("two stars", ("rating", "2")),
        ("8/10", ("rating", "4")),
        ("3/5 stars", ("rating", "3")),
        ("⭐⭐⭐", ("rating", "3")),
        ("SW1A 1AA", ("postcode", "SW1A 1AA")),
        ("zip 90210", ("postcode", "90210")),
        ("yesterday", ("date", "yesterday")),
        ("last Tuesday", ("date", "last tuesday")),
        ("3rd of May", ("date", "3rd of may")),
        ("12/11", ("date", "12/11")),
        ("on 8/10", ("date", "8/10")),
        ("two weeks ago", ("date", "two weeks ago")),
        ("2 of them", ("quantity", "2")),
        ("both items", ("quantity", "2")),
        ("x3", ("quantity", "3")),
    ],
)
def test_each_kind_is_found_and_made_plain(text, expected):
    assert expected in found(text)
    assert len(found(text)) == 1


@pytest.mark.parametrize(
    "text", ["May I ask", "I am mad", "a small question maybe", "orange juice?"]
)
def test_words_that_only_look_like_something(text):
    assert [kind for kind, _ in found(text) if kind in {"date", "size"}] == []


def test_finds_do_not_overlap_and_say_where_they_stand():
    text = "order 10482, two blue lamps at £49.90, delivered 12/11, mail a@b.example"
    finds = find(text)
    assert all(left.end <= right.start for left, right in itertools.pairwise(finds))
    assert text[finds[0].start : finds[0].end] == "10482"
