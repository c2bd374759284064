"""A new address is read from a sentence, whatever the order of its parts."""

import pytest

from actions.addresses import address_in


@pytest.mark.parametrize(
    ("said", "street", "city", "postcode"),
    [
        (
            "please send it to 12 Quay Street, Bristol, BS1 4RB",
            "12 Quay Street",
            "Bristol",
            "BS1 4RB",
        ),
        ("the new address is Hauptstr. 5, 10115 Berlin", "Hauptstr. 5", "Berlin", "10115"),
        ("44 Elm Avenue\nPortland\n97201", "44 Elm Avenue", "Portland", "97201"),
        ("I moved to 7 Rose Lane, Leeds LS2 8AA", "7 Rose Lane", "Leeds", "LS2 8AA"),
        ("12 Quay Street Bristol BS1 4RB", "12 Quay Street", "Bristol", "BS1 4RB"),
        ("to 14 mill lane leeds ls1 2ab please", "14 mill lane", "leeds", "ls1 2ab"),
        (
            "Rose Cottage, Church Lane, Alford LN13 9AB",
            "Rose Cottage, Church Lane",
            "Alford",
            "LN13 9AB",
        ),
        ("23 Rue de Rivoli 75001 Paris", "23 Rue de Rivoli", "Paris", "75001"),
        (
            "1600 Pennsylvania Ave NW, Washington, DC 20500",
            "1600 Pennsylvania Ave NW",
            "Washington DC",
            "20500",
        ),
        ("10115 Berlin, Hauptstr. 5", "Hauptstr. 5", "Berlin", "10115"),
        ("221B Baker Street, London, NW1 6XE, UK", "221B Baker Street", "London", "NW1 6XE"),
        (
            "to my mum's instead, 5 Park Rd, Hull HU5 3AB, she's home all day",
            "5 Park Rd",
            "Hull",
            "HU5 3AB",
        ),
    ],
)
def test_street_town_and_postcode_are_found(
    said: str, street: str, city: str, postcode: str
) -> None:
    assert address_in(said) == {"street": street, "city": city, "postcode": postcode}


@pytest.mark.parametrize("said", ["somewhere else", "to my mum's", "order 10482", "Bristol"])
def test_half_an_address_is_none(said: str) -> None:
    assert address_in(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "I no longer live at 3 Old St, Bath BA1 1AA, please use 9 New St, Bath BA2 2BB",
        "it's 9 New St, Bath BA2 2BB, not 3 Old St, Bath BA1 1AA",
        "change it from 3 Old St, Bath BA1 1AA to 9 New St, Bath BA2 2BB",
    ],
)
def test_of_two_the_new_one_is_meant(said: str) -> None:
    found = address_in(said)
    assert found is not None
    assert found["street"] == "9 New St"


def test_of_two_that_nothing_tells_apart_none_is_taken() -> None:
    assert address_in("3 Old St, Bath BA1 1AA or 9 New St, Bath BA2 2BB") is None
