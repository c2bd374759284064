"""Over a conversation, anger rises or falls; what is plain in between changes nothing."""

import pytest

from careline.journey.emotion import emotion_of
from careline.journey.mood import Turn, mood_over
from careline.journey.words import Emotion


def mood(*messages: str):  # type: ignore[no-untyped-def]
    return mood_over([emotion_of(message).emotion for message in messages])


def test_anger_that_rises_is_seen() -> None:
    found = mood(
        "hi, where is my order",
        "10482",
        "I already told you, 10482",
        "this is the third time I say it",
        "You are liars. I want my money back NOW!!",
    )
    assert (found.began, found.now, found.turn) == (Emotion.NEUTRAL, Emotion.ANGRY, Turn.WORSENED)


def test_anger_that_is_soothed_is_seen() -> None:
    found = mood(
        "Absolutely furious, the parcel is empty!!",
        "10482",
        "yes, send a new one",
        "oh great, thank you, that was quick",
    )
    assert (found.worst, found.now, found.turn) == (
        Emotion.ANGRY,
        Emotion.PLEASED,
        Turn.IMPROVED,
    )
    assert found.in_words() == "angry, then pleased"


def test_an_order_number_does_not_calm_anybody() -> None:
    assert mood("what a bunch of crooks!", "10482", "yes").now == Emotion.ANGRY


def test_three_plain_messages_do() -> None:
    found = mood("I'm fed up with this", "10482", "the blue one", "size 42 please")
    assert (found.now, found.turn) == (Emotion.NEUTRAL, Turn.IMPROVED)


def test_worry_between_plain_beginnings_and_ends_is_the_worst_of_it() -> None:
    found = mood("hi", "is it safe to use? it smells of burning", "ok", "thanks, that helps")
    assert found.worst == Emotion.WORRIED
    assert found.turn is Turn.IMPROVED


def test_mockery_is_no_improvement() -> None:
    found = mood("it is late", "Brilliant, the replacement is broken as well. Well done.")
    assert found.turn is Turn.WORSENED


def test_content_after_joy_is_no_turn_for_the_worse() -> None:
    assert mood_over(["delighted", "pleased"]).turn is Turn.STEADY


@pytest.mark.parametrize("emotions", [[], ["neutral"], ["neutral", "neutral"]])
def test_who_shows_no_feeling_is_steady(emotions: list[str]) -> None:
    found = mood_over(emotions)
    assert (found.now, found.turn, found.in_words()) == (Emotion.NEUTRAL, Turn.STEADY, "neutral")
