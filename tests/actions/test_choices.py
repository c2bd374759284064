"""An answer in the customer's own words picks the option it means, and no other."""

import pytest

from actions.choices import A_PERSON, Option, match

BOOTS = Option("boots", "Harbour boots, navy", also=("Harbour boots", "10482", "navy"))
LAMP = Option("lamp", "Reading lamp", also=("lamp", "10377"))
MUFFINS = Option("muffins", "Box of six muffins", also=("muffins",))
NONE = Option("none", "None of these", is_no=True)
ITEMS = [BOOTS, LAMP, MUFFINS, NONE]

SEND = Option("send", "Yes, send it", also=("replacement", "new one"), is_yes=True)
REFUND = Option("refund", "Refund £49.00", also=("refund", "money back"))
HIDDEN_NO = Option("no", "", is_no=True)
PERSON = Option("person", "Talk to a person", also=("person", "human"))
REMEDIES = [SEND, REFUND, HIDDEN_NO, PERSON]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("1", BOOTS),
        ("the second one", LAMP),
        ("number 3 please", MUFFINS),
        ("last", NONE),
        ("the lamp", LAMP),
        ("harbor boots", BOOTS),
        ("it's order 10377", LAMP),
        ("the muffins pls", MUFFINS),
        ("Reading Lamp", LAMP),
        ("none of these", NONE),
    ],
)
def test_number_ordinal_or_words_pick_an_item(said: str, meant: Option) -> None:
    assert match(said, ITEMS) == meant


@pytest.mark.parametrize("said", ["9", "the wardrobe", "hmm", "", "not the lamp", "?"])
def test_what_names_nothing_on_offer_picks_nothing(said: str) -> None:
    assert match(said, ITEMS) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("I do not want the boots back, I want the lamp", LAMP),
        ("please don't send me the lamp again", None),
        ("the muffins, not the lamp", MUFFINS),
    ],
)
def test_what_is_refused_is_not_picked(said: str, meant: Option | None) -> None:
    assert match(said, ITEMS) == meant


def test_an_option_that_is_a_refusal_is_picked_by_it() -> None:
    skip = Option("skip", "I can't take one", also=("no camera", "without"))
    assert match("I'm afraid I can't take one right now", [skip]) == skip


def test_telling_someone_is_not_asking_for_someone() -> None:
    person = Option("person", "Talk to a person", also=A_PERSON)
    assert match("I already told someone about this yesterday", [person]) is None
    assert match("could somebody have a look at it for me", [person]) == person


def test_a_plain_yes_takes_the_proposal_and_a_plain_no_does_not() -> None:
    assert match("yes", REMEDIES, is_yes=True) == SEND
    assert match("no", REMEDIES, is_no=True) == HIDDEN_NO


def test_words_outrank_a_yes() -> None:
    assert match("yes, money back", REMEDIES, is_yes=True) == REFUND


def test_a_hidden_option_is_not_counted_as_a_place() -> None:
    assert match("3", REMEDIES) == PERSON
