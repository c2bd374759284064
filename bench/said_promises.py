"""Measure the reading of promises in colleagues' words; see docs/measurements.md.

    python -m bench.said_promises [--part open|held_out|all] [--errors]

The sentences are tests/service/said_promises.tsv, half of which promise nothing. While improving,
look at the errors of the open part only; the figure to quote is that of held_out.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from careline.service.said_promises import SaidPromise, promises_in

SENTENCES = Path(__file__).parents[1] / "tests" / "service" / "said_promises.tsv"
TODAY = date(2026, 11, 20)  # a Friday
HOLIDAYS = (date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1))
NONE = "none"


@dataclass(frozen=True)
class Sentence:
    part: str
    what: str  # NONE: nothing is promised
    due_on: date | None
    words: str

    @property
    def promises(self) -> bool:
        return self.what != NONE

    @property
    def read(self) -> SaidPromise | None:
        """The first that is found."""
        return next(iter(promises_in(self.words, TODAY, HOLIDAYS)), None)


@dataclass(frozen=True)
class Figures:
    sentences: int
    precision: float  # of those read as a promise, how many are one
    recall: float  # of the promises, how many are found
    right_day: float  # of the promises found, with that day
    right_word: float  # and with that word for what is promised


def sentences() -> list[Sentence]:
    rows = [
        line.split("\t")
        for line in SENTENCES.read_text(encoding="utf-8").splitlines()
        if not line.startswith("# ")
    ]
    return [
        Sentence(part, what, date.fromisoformat(due) if due else None, words)
        for part, what, due, words in rows
    ]


def figures(of: Sequence[Sentence]) -> Figures:
    read = [(each, found) for each in of if (found := each.read) is not None]
    hits = [(each, found) for each, found in read if each.promises]
    meant = sum(each.promises for each in of)
    return Figures(
        sentences=len(of),
        precision=len(hits) / len(read),
        recall=len(hits) / meant,
        right_day=sum(each.due_on == found.due_on for each, found in hits) / len(hits),
        right_word=sum(each.what == found.what for each, found in hits) / len(hits),
    )


def report(part: str, of: Sequence[Sentence], errors: bool) -> None:
    found = figures(of)
    promising = sum(each.promises for each in of)
    print(f"{part}: {found.sentences} sentences, {promising} of which promise something")
    print(f"  precision {found.precision:.3f}  recall {found.recall:.3f}")
    print(f"  right day {found.right_day:.3f}  right word {found.right_word:.3f}")
    for each in of if errors else ():
        read = each.read
        got = (read.what, read.due_on) if read else (NONE, None)
        if got != (each.what, each.due_on):
            print(
                f"    {each.what} {each.due_on or ''}: read {got[0]} {got[1] or ''}: {each.words}"
            )


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--part", choices=("open", "held_out", "all"), default="all")
    options.add_argument("--errors", action="store_true", help="each sentence read wrongly")
    given = options.parse_args()
    every = sentences()
    for part in ("open", "held_out") if given.part == "all" else (given.part,):
        report(part, [each for each in every if each.part == part], given.errors)
    started = time.process_time()
    for each in every:
        promises_in(each.words, TODAY, HOLIDAYS)
    spent = (time.process_time() - started) / len(every)
    print(f"{spent * 1000:.2f} ms of CPU a sentence")


if __name__ == "__main__":
    main()
