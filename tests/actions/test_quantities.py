"""How many: a number that answers the question, and none out of a story."""

import pytest

from actions import quantities


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("2", 2),
        ("two of them", 2),
        ("just 2", 2),
        ("2 of them, can you not read", 2),
        ("not all of them, just one", 1),
        ("not both, one", 1),
        ("one, I think", 1),
        ("all", 4),
        ("every one of them", 4),
        ("all four", 4),
        ("I bought 4 but 2 of them are broken", 2),
    ],
)
def test_a_number_answers_how_many(said: str, number: int) -> None:
    assert quantities.answered(said, all_of=4) == number


@pytest.mark.parametrize(
    "said",
    [
        "what a mess",
        "everything else is fine",
        "I told you 2 weeks ago",
        "2 or 3",
        "none",
        "how many?",
    ],
)
def test_what_says_no_number_is_asked_again(said: str) -> None:
    assert quantities.answered(said, all_of=4) is None


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("no wait, three of them are", 3),
        ("actually all four", 4),
        ("three of them are broken", 3),
        ("yes", None),
        ("no, the blue one", None),
        ("one more thing", None),
        ("3", None),
    ],
)
def test_a_number_given_is_corrected_by_who_says_so(said: str, number: int | None) -> None:
    assert quantities.corrected(said, "Enamel mugs", all_of=4) == number
