"""Words of danger bring a person at once; the same words about a colour do not."""

import pytest

from careline.service import faulty
from careline.service.policies import load_policies
from tests.words import ROOT


@pytest.mark.parametrize(
    ("said", "is_dangerous"),
    [
        ("the kettle gave me a shock", True),
        ("it gave my son a shock", True),
        ("my kettle blew up", True),
        ("I'm in hospital because the kettle exploded", True),
        ("my daughter is in hospital after eating your muffins", True),
        ("it smells burnt", True),
        ("my burnt orange cushion came in the wrong size", False),
        ("I'm in hospital, can you deliver later", False),
        ("I got a shock when I saw the price", False),
        ("it was a lovely surprise", False),
    ],
)
def test_danger_is_told_from_words_that_sound_like_it(said: str, is_dangerous: bool) -> None:
    policies = load_policies(ROOT / "policies")
    assert faulty.is_dangerous(policies, said) is is_dangerous
