"""Measure the trained model on hard messages of ours: indirect, negated, mixed, very long.

    .venv-rasa/bin/python -m bench.hard_messages [--words-alone] [--errors]

The set, tests/nlu/hard_messages.tsv, was written before the sentences that teach its kinds, by the
same author: it is a guard, and flatters as an estimate. Never copy from it into data/nlu.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.trained import MODEL, reader_of
from bot.reading import MessageReader, Understood
from bot.requests import rank_of

FILE = Path(__file__).resolve().parents[1] / "tests" / "nlu" / "hard_messages.tsv"
KINDS = {
    "one": "one request, said hard",
    "two": "two told, the graver leads",
    "not": "not acted on as what it denies",
    "long": "the wish comes last",
}
FEELINGS = 3  # rank from which on what stands beside a request need not be kept


@dataclass(frozen=True)
class Message:
    kind: str
    wanted: str  # an intent; of two "first+second", or "either|or" when either may lead
    text: str


def messages() -> list[Message]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [Message(*line.split("\t")) for line in lines if not line.startswith("#")]


def is_right(message: Message, understood: Understood, act_above: float) -> bool:
    best = understood.ranking[0]
    name, is_acted_on = str(best["name"]), best["confidence"] >= act_above
    if message.kind == "not":
        return not (name == message.wanted and is_acted_on)
    if message.kind != "two":
        return name == message.wanted
    first, second = re.split(r"[+|]", message.wanted)
    told = {name, *(other.intent for other in understood.requests.others)}
    leads = name in ((first, second) if "|" in message.wanted else (first,))
    return leads and first in told and (second in told or rank_of(second) >= FEELINGS)


@dataclass(frozen=True)
class Result:
    message: Message
    understood: Understood
    right: bool
    acted: bool


def read_all(reader: MessageReader) -> list[Result]:
    act_above = reader.model.thresholds.act_above
    found = []
    for message in messages():
        understood = reader.read(message.text)
        acted = understood.ranking[0]["confidence"] >= act_above
        found.append(Result(message, understood, is_right(message, understood, act_above), acted))
    return found


def share_right(results: Sequence[Result], kind: str) -> float:
    chosen = [result.right for result in results if result.message.kind == kind]
    return sum(chosen) / len(chosen)


def right_when_acting(results: Sequence[Result]) -> float:
    chosen = [r.right for r in results if r.message.kind in ("one", "long") and r.acted]
    return sum(chosen) / len(chosen)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench.hard_messages", description=__doc__)
    options.add_argument("--model", type=Path, default=MODEL)
    options.add_argument("--words-alone", action="store_true", help="as if the encoder were gone")
    options.add_argument("--errors", action="store_true", help="each message read wrongly")
    given = options.parse_args()
    reader = reader_of(given.model)
    results = read_all(MessageReader(reader.model, None) if given.words_alone else reader)
    for kind, words in KINDS.items():
        count = sum(result.message.kind == kind for result in results)
        print(f"{words:34} n={count:<4} right {share_right(results, kind):.3f}")
    print(f"{'one request: right when acting':34} {'':6} right {right_when_acting(results):.3f}")
    for result in results if given.errors else ():
        if not result.right:
            best = result.understood.ranking[0]
            others = [other.intent for other in result.understood.requests.others]
            print(
                f"{result.message.wanted}: {best['name']} {best['confidence']:.2f} {others} | "
                f"{result.message.text[:100]}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
