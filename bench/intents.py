"""Measure the reading of intents: learn from data/nlu as training does, read a labelled file.

    .venv-rasa/bin/python bench/intents.py FILE.tsv [--without-encoder]

FILE has a line per message: intent, text, source (tab-separated), as ../shared/eval/score.py
takes it. No server and no Rasa: the same model, in process, on one thread, so that times are
CPU time and comparable on a busy machine. Only figures and counts of confusions are printed.
"""

from __future__ import annotations

import argparse
import collections
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.encoder import encoder_or_none  # noqa: E402 - the path is set first
from bot.intent_model import IntentModel  # noqa: E402
from bot.learning import learn  # noqa: E402
from bot.reading import MessageReader  # noqa: E402

OUT_OF_SCOPE = "out_of_scope"
TWEETS = ("tw", "ibm-tw")  # how the sources of tweets begin


@dataclass(frozen=True)
class Line:
    intent: str
    text: str
    source: str


@dataclass(frozen=True)
class Reading:
    line: Line
    ranked: list[tuple[str, float]]
    thresholds: tuple[float, float]
    milliseconds: float

    @property
    def best(self) -> str:
        return self.ranked[0][0]

    @property
    def right(self) -> bool:
        return self.best == self.line.intent

    @property
    def sure(self) -> float:
        """Of being in scope, as score.py counts it."""
        return max(sure for intent, sure in self.ranked if intent != OUT_OF_SCOPE)


def training_sentences() -> Iterable[tuple[str, str]]:
    """Sentence and intent, in the files' order."""
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in block.get("examples", "").splitlines():
                if "intent" in block and line.strip():
                    yield line.strip().removeprefix("- "), block["intent"]


def read_lines(path: Path) -> list[Line]:
    rows = (line.rstrip("\n").split("\t") for line in path.open(encoding="utf-8"))
    return [Line(*row[:3]) for row in rows]


def read_all(reader: MessageReader, lines: Sequence[Line]) -> list[Reading]:
    thresholds = reader.model.thresholds
    found = []
    for line in lines:
        started = time.process_time()
        understood = reader.read(line.text)
        spent = (time.process_time() - started) * 1e3
        ranked = [(r["name"], r["confidence"]) for r in understood.ranking]
        found.append(Reading(line, ranked, (thresholds.act_above, thresholds.ask_above), spent))
    return found


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """How often a line in scope is surer of it than one out of scope; ties count half."""
    a, b = np.array(inside)[:, None], np.array(outside)[None, :]
    return float((a > b).mean() + (a == b).mean() / 2)


def figures(readings: Sequence[Reading]) -> dict[str, float]:
    inside = [r for r in readings if r.line.intent != OUT_OF_SCOPE]
    outside = [r for r in readings if r.line.intent == OUT_OF_SCOPE]
    floor = sorted(r.sure for r in inside)[int(0.05 * len(inside))]
    milliseconds = sorted(r.milliseconds for r in readings)
    act_above, ask_above = readings[0].thresholds
    acted = [r for r in readings if r.ranked[0][1] >= act_above]
    asked = [r for r in readings if ask_above <= r.ranked[0][1] < act_above]
    held = [r for r in asked if r.line.intent in (r.ranked[0][0], r.ranked[1][0])]
    return {
        "n": len(readings),
        "accuracy": np.mean([r.right for r in readings]),
        "in scope": np.mean([r.right for r in inside]),
        "AUROC": auroc([r.sure for r in inside], [r.sure for r in outside]),
        "OOS@95": np.mean([r.sure < floor for r in outside]),
        "acted on": len(acted) / len(readings),
        "right when acting": np.mean([r.right for r in acted]),
        "asked back": len(asked) / len(readings),
        "right one among the two": len(held) / len(asked) if asked else 1.0,
        "ms median": milliseconds[len(milliseconds) // 2],
        "ms p95": milliseconds[int(0.95 * len(milliseconds))],
    }


def learnt(without_encoder: bool) -> MessageReader:
    texts, intents = zip(*training_sentences(), strict=True)
    encoder = None if without_encoder else encoder_or_none()
    started, wall = time.process_time(), time.monotonic()
    model: IntentModel = learn(texts, intents, encoder)
    print(
        f"learnt {len(texts)} sentences in {time.process_time() - started:.0f} s of CPU time, "
        f"{time.monotonic() - wall:.0f} s in all; {model.thresholds}, "
        f"temperature {model.temperature:.2f}; held out: {model.held_out}"
    )
    return MessageReader(model, encoder)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("file", type=Path)
    options.add_argument("--without-encoder", action="store_true")
    given = options.parse_args()
    readings = read_all(learnt(given.without_encoder), read_lines(given.file))
    tweets = [r for r in readings if r.line.source.startswith(TWEETS)]
    chat = [r for r in readings if not r.line.source.startswith(TWEETS)]
    for name, part in (("all", readings), ("chat", chat), ("tweets", tweets)):
        told = (f"{k} {v:.3f}" if k != "n" else f"n {v}" for k, v in figures(part).items())
        print(f"{name:6}", "  ".join(told))
    wrong = collections.Counter((r.line.intent, r.best) for r in readings if not r.right)
    print(
        "most often misread:", ", ".join(f"{a} as {b} {n}" for (a, b), n in wrong.most_common(15))
    )


if __name__ == "__main__":
    main()
