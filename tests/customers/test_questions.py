"""The simulated customer understands every sentence of the bot's, by domain.yml's own words."""

import string

import pytest

from tests.customers.questions import asks, is_sorted_in, recognise
from tests.words import yaml

RESPONSES = yaml("domain.yml")["responses"]


@pytest.mark.parametrize("response", RESPONSES)
def test_a_response_is_known_to_ask_to_end_or_to_be_said_by_the_way(response: str) -> None:
    assert is_sorted_in(response)


@pytest.mark.parametrize("response", RESPONSES)
def test_a_sentence_is_recognised_with_its_facts(response: str) -> None:
    for variant in RESPONSES[response]:
        facts = {name: f"some {name}" for name in _fields(variant["text"])}
        found = recognise(variant["text"].format(**facts))
        assert found is not None
        assert found.asks == asks(response)


def _fields(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]
