"""A new address is read from a sentence, whatever the country's order of its parts."""

import pytest

from actions.changes import address_in


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
    ],
)
def test_street_town_and_postcode_are_found(
    said: str, street: str, city: str, postcode: str
) -> None:
    assert address_in(said) == {"street": street, "city": city, "postcode": postcode}


@pytest.mark.parametrize("said", ["somewhere else", "to my mum's", "order 10482", "Bristol"])
def test_half_an_address_is_none(said: str) -> None:
    assert address_in(said) is None
