"""Feelings are read from the words; a plain report of a problem is not anger."""

import csv
from pathlib import Path

import pytest

from careline.journey.emotion import emotion_of, valence
from careline.journey.words import Emotion

SET = Path(__file__).parent / "emotion.tsv"


def labelled(part: str) -> list[dict[str, str]]:
    with SET.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in rows if row["part"] == part]


def test_most_held_out_messages_are_read_as_they_were_meant() -> None:
    rows = [row for row in labelled("held") if not row["sarcasm"]]
    right = sum(emotion_of(row["text"]).emotion == row["emotion"] for row in rows)
    assert right / len(rows) >= 0.9


def test_no_plain_message_is_called_angry() -> None:
    plain = [
        row["text"]
        for part in ("tune", "held")
        for row in labelled(part)
        if row["emotion"] == "neutral"
    ]
    assert [text for text in plain if emotion_of(text).emotion == Emotion.ANGRY] == []


@pytest.mark.parametrize(
    "text",
    [
        "my tv arrived broken",
        "The wrong boots came, and one muffin is missing.",
        "MY ORDER NUMBER IS 10482",
        "I'm not angry, just curious when it ships",
        "Please replace it, thanks",
        "",
        "👋",
    ],
)
def test_reports_requests_and_habits_of_writing_are_neutral(text: str) -> None:
    assert emotion_of(text).emotion == Emotion.NEUTRAL


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("I am not happy with these shoes", Emotion.SAD),
        ("THIS IS UNACCEPTABLE!!! ANSWER ME", Emotion.ANGRY),
        ("third time I ask", Emotion.FRUSTRATED),
        ("Thanks for nothing", Emotion.FRUSTRATED),
        ("I'm worried the cake won’t be here before the wedding", Emotion.WORRIED),
        ("thank you", Emotion.PLEASED),
        ("I love it!", Emotion.DELIGHTED),
    ],
)
def test_what_is_said_of_feelings_is_heard(text: str, emotion: Emotion) -> None:
    reading = emotion_of(text)
    assert reading.emotion == emotion
    assert reading.because
    assert 0 < reading.strength <= 1


@pytest.mark.parametrize(
    "text", ["not " * 5_000, "!?" * 10_000, "a" * 20_000, "it's been weeks no " * 1_000]
)
def test_of_twenty_thousand_characters_something_is_read(text: str) -> None:
    assert emotion_of(text).emotion in Emotion


def test_emotions_are_ordered_from_the_worst_to_the_best() -> None:
    values = [valence(emotion) for emotion in Emotion]
    assert values == sorted(values)
    assert (min(values), max(values), valence("neutral")) == (-3, 3, 0)
