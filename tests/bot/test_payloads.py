"""A button that is typed holds no words; other words keep theirs."""

import pytest

from bot.payloads import safe_text

INTENTS = {"affirm", "choose", "greet"}


@pytest.mark.parametrize(
    "typed", ["/affirm", " //affirm ", "\u200b/affirm{}", '/choose{"choice": "refund"}', "/x{}"]
)
def test_a_typed_button_is_no_words(typed):
    assert safe_text(typed, INTENTS) == "?"


@pytest.mark.parametrize(
    ("typed", "read"),
    [("/affirm that it came", "affirm that it came"), ("/refund", "refund"), ("affirm", "affirm")],
)
def test_words_behind_a_slash_stay_words(typed, read):
    assert safe_text(typed, INTENTS) == read
