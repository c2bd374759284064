"""Measure the reading of emotion on tests/journey/emotion.tsv; see docs/measurements.md.

    python bench/emotion.py [--errors] [--part held|tune|all]

The cues were tuned on the rows marked `tune`; the figure to quote is that of `held`. Sentences
and cues have one author, so real customers are read less well than these figures say.
"""

import argparse
import csv
import time
from collections import Counter
from pathlib import Path

from careline.journey.emotion import emotion_of
from careline.journey.words import Emotion

SET = Path(__file__).parents[1] / "tests" / "journey" / "emotion.tsv"
Row = dict[str, str]


def read_rows(part: str) -> list[Row]:
    with SET.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if part in ("all", row["part"])]


def report(title: str, rows: list[Row], errors: bool) -> float:
    pairs = Counter((row["emotion"], emotion_of(row["text"]).emotion.value) for row in rows)
    right = sum(n for (meant, read), n in pairs.items() if meant == read)
    print(f"\n{title}: n={len(rows)}, accuracy {right / len(rows):.3f}")
    scores = [f1 for e in Emotion if (f1 := one_class(e.value, pairs)) is not None]
    macro = sum(scores) / len(scores)
    print(f"  macro F1 {macro:.3f} over {len(scores)} emotions")
    if errors:
        for row in rows:
            reading = emotion_of(row["text"])
            if reading.emotion != row["emotion"]:
                print(f"  {row['emotion']:>10} read as {reading.emotion:<10} {row['text']}")
    return macro


def one_class(emotion: str, pairs: Counter[tuple[str, str]]) -> float | None:
    hit = pairs[emotion, emotion]
    meant = sum(n for (m, _), n in pairs.items() if m == emotion)
    read = sum(n for (_, r), n in pairs.items() if r == emotion)
    if not meant:
        return None
    precision, recall = hit / read if read else 0.0, hit / meant
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    print(f"  {emotion:<11} precision {precision:.2f}  recall {recall:.2f}  F1 {f1:.2f}  n={meant}")
    return f1


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--errors", action="store_true")
    options.add_argument("--part", default="held", choices=["held", "tune", "all"])
    given = options.parse_args()
    rows = read_rows(given.part)
    plain = [row for row in rows if not row["sarcasm"]]
    mocking = [row for row in rows if row["sarcasm"]]
    report(f"{given.part}, said straight", plain, given.errors)
    unhappy = sum(emotion_of(row["text"]).emotion in ("angry", "frustrated") for row in mocking)
    print(f"\n{given.part}, mockery: n={len(mocking)}, read as angry or frustrated {unhappy}")
    report(f"{given.part}, mockery, exact", mocking, given.errors)
    started = time.perf_counter()
    for row in rows:
        emotion_of(row["text"])
    print(f"\n{(time.perf_counter() - started) / len(rows) * 1000:.3f} ms a message")


if __name__ == "__main__":
    main()
