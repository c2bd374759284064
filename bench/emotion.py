"""Measure the reading of emotion on two labelled sets; see docs/measurements.md.

    python -m bench.emotion [--errors] [--held-out]

The first set, tests/journey/emotion.tsv, has one author with the cues. The second,
tests/journey/emotion_second.tsv, was written without a look at them; of it, only the rows that
are not held out were looked at since. The figure to quote is that of the second, held out.

How feelings turn over a conversation is measured on tests/journey/turns.yml, by the same two steps
that the record takes: each message read, then mood_over.
"""

import argparse
import csv
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from careline.journey.emotion import emotion_of, valence
from careline.journey.mood import Mood, Turn, mood_over
from careline.journey.words import Emotion

FOLDER = Path(__file__).parents[1] / "tests" / "journey"
UNHAPPY = -2  # valence of frustration; anger is below


@dataclass(frozen=True)
class Message:
    group: str  # plain, calm, mixed or sarcasm
    emotion: str
    held_out: bool
    text: str

    @property
    def read(self) -> Emotion:
        return emotion_of(self.text).emotion


def first_set() -> list[Message]:
    with (FOLDER / "emotion.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Message(
            "sarcasm" if row["sarcasm"] else "plain",
            row["emotion"],
            row["part"] == "held",
            row["text"],
        )
        for row in rows
    ]


def second_set() -> list[Message]:
    lines = (FOLDER / "emotion_second.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("# ")]
    return [
        Message(group, emotion, part == "held_out", text) for group, emotion, part, text in rows
    ]


@dataclass(frozen=True)
class Conversation:
    messages: tuple[str, ...]
    turn: Turn
    unhappy: bool  # from the start
    sarcasm: bool

    @property
    def read(self) -> Mood:
        return mood_over([emotion_of(message).emotion for message in self.messages])

    @property
    def is_turn_right(self) -> bool:
        return self.read.turn is self.turn

    @property
    def is_start_right(self) -> bool:
        return (valence(self.read.began) < 0) == self.unhappy


def conversations() -> list[Conversation]:
    rows = YAML(typ="safe").load((FOLDER / "turns.yml").read_text(encoding="utf-8"))
    return [
        Conversation(
            tuple(row["messages"]), Turn(row["turn"]), row["unhappy"], row.get("sarcasm", False)
        )
        for row in rows
    ]


def report_turns(told: Sequence[Conversation], errors: bool) -> None:
    print(f"\nTurn over a conversation: {len(told)} conversations")
    for name, part in (
        ("straight", [one for one in told if not one.sarcasm]),
        ("sarcasm", [one for one in told if one.sarcasm]),
    ):
        turn = sum(one.is_turn_right for one in part)
        start = sum(one.is_start_right for one in part)
        print(
            f"  {name:<8} n={len(part):<3} turn right {turn}, unhappy from the start right {start}"
        )
    for turn_meant in Turn:
        part = [one for one in told if one.turn is turn_meant]
        read = Counter(one.read.turn.value for one in part)
        print(f"  {turn_meant:<9} n={len(part):<3} read as {dict(read)}")
    if errors:
        for one in told:
            if not (one.is_turn_right and one.is_start_right):
                print(
                    f"  {one.turn} read as {one.read.turn}: {one.read.in_words()}: {one.messages}"
                )


def accuracy(messages: Sequence[Message]) -> float:
    return sum(message.read == message.emotion for message in messages) / len(messages)


def same_side(messages: Sequence[Message]) -> float:
    """Unhappy or not: what decides about tone and the place in the queue."""
    right = sum((valence(m.read) < 0) == (valence(m.emotion) < 0) for m in messages)
    return right / len(messages)


def report(title: str, messages: Sequence[Message], errors: bool) -> None:
    print(f"\n{title}: {len(messages)} messages")
    for group in ("plain", "calm", "mixed", "sarcasm"):
        part = [message for message in messages if message.group == group]
        if part:
            print(
                f"  {group:<8} n={len(part):<4} right {accuracy(part):.3f}  "
                f"unhappy or not {same_side(part):.3f}"
            )
    straight = [message for message in messages if message.group != "sarcasm"]
    pairs = Counter((message.emotion, message.read.value) for message in straight)
    print("  without sarcasm:")
    scores = [one_class(emotion.value, pairs) for emotion in Emotion]
    print(f"    right {accuracy(straight):.3f}, macro F1 {sum(scores) / len(scores):.3f}")
    if errors:
        for message in messages:
            if message.read != message.emotion:
                print(f"  {message.emotion:>10} read as {message.read:<10} {message.text}")


def one_class(emotion: str, pairs: Counter[tuple[str, str]]) -> float:
    hit = pairs[emotion, emotion]
    meant = sum(n for (m, _), n in pairs.items() if m == emotion)
    read = sum(n for (_, r), n in pairs.items() if r == emotion)
    precision, recall = hit / read if read else 0.0, hit / meant
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    print(f"    {emotion:<11} precision {precision:.2f}  recall {recall:.2f}  n={meant}")
    return f1


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--errors", action="store_true", help="each message read wrongly")
    options.add_argument("--held-out", action="store_true", help="only the rows held out")
    given = options.parse_args()
    for title, messages in (("First set", first_set()), ("Second set", second_set())):
        for held_out in (True,) if given.held_out else (False, True):
            part = [message for message in messages if message.held_out == held_out]
            name = f"{title}, {'held out' if held_out else 'looked at'}"
            report(name, part, given.errors)
    report_turns(conversations(), given.errors)
    started = time.process_time()
    for message in second_set():
        emotion_of(message.text)
    spent = (time.process_time() - started) / len(second_set())
    print(f"\n{spent * 1000:.2f} ms of CPU a message")
    started = time.process_time()
    emotion_of("it's been weeks no " * 1_000)
    print(f"{(time.process_time() - started) * 1000:.0f} ms for one of 20,000 characters")


if __name__ == "__main__":
    main()
