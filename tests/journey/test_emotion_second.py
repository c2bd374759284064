"""Feelings are read as well as before on messages written without a look at the cues."""

import pytest

from bench.emotion import accuracy, same_side, second_set

# A little below what was measured; the rows held out were not looked at when the cues were made.
FLOORS = {
    ("plain", False): 0.95,
    ("calm", False): 1.0,
    ("mixed", False): 0.75,
    ("sarcasm", False): 0.75,
    ("plain", True): 0.8,
    ("calm", True): 1.0,
    ("mixed", True): 0.8,
    ("sarcasm", True): 0.75,
}


@pytest.mark.parametrize(("group", "held_out"), FLOORS)
def test_each_kind_is_read_as_well_as_before(group: str, held_out: bool) -> None:
    messages = [m for m in second_set() if (m.group, m.held_out) == (group, held_out)]
    assert accuracy(messages) >= FLOORS[group, held_out]
    assert same_side(messages) >= FLOORS[group, held_out]


def test_the_set_is_as_broad_as_it_says() -> None:
    messages = second_set()
    assert len({message.text for message in messages}) == len(messages) >= 200
    count = {g: sum(m.group == g for m in messages) for g in ("calm", "sarcasm", "mixed")}
    assert count["calm"] >= 40
    assert count["sarcasm"] >= 40
    assert count["mixed"] >= 20
