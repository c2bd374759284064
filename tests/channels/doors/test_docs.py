"""docs/hooks.md names every event, rule and field that the doors know."""

from pathlib import Path

import pytest

from careline.channels.shop_events import CustomerData, EventData, EventType
from careline.channels.touchpoint_intake import OURS, TouchpointIn
from careline.journey.stages import LEFT, LOOKING, RULES
from careline.journey.words import Channel, Emotion, Stage

PAGE = (Path(__file__).parents[3] / "docs" / "hooks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "word",
    sorted(
        {
            *EventType,
            *RULES,
            *LOOKING,
            *LEFT,
            *OURS,
            *EventData.model_fields,
            *CustomerData.model_fields,
            *TouchpointIn.model_fields,
        }
    ),
)
def test_every_event_rule_and_field_is_documented(word: str) -> None:
    assert f"`{word}`" in PAGE or f"`data.{word}`" in PAGE


@pytest.mark.parametrize("word", sorted({*Stage, *Channel, *Emotion}))
def test_every_word_of_choice_is_documented(word: str) -> None:
    assert word in PAGE
