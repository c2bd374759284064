"""Measure what is found in messages: precision and recall of each entity, CPU time a message.

    python -m bench.entities [--part open|held_out|all] [--errors]

Both sides are measured on tests/nlu/entities.tsv: the bot's patterns and names, in the Rasa
environment, and what the app makes of days and products for one customer on one day. While
mending, look at the errors of the open part only; the figure to quote is that of held_out.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from bench.entity_set import (
    IN_APP,
    IN_BOT,
    WEARISOME,
    Labelled,
    Tally,
    as_labelled,
    bot_labels,
    read_set,
)
from careline.service.matching import NO_DAY, Candidate, scores
from careline.service.said_dates import Span, spans_in
from careline.service.said_things import about_the_order
from careline.shops.seed_catalogue import CatalogueVariant, catalogue

ROOT = Path(__file__).parents[1]
CUSTOMER = ROOT / "tests" / "nlu" / "entity_customer.yml"
TODAY = date(2026, 11, 20)  # a Friday
BOUGHT_ON = date(2026, 11, 10)
# As the bot decides: a line is named from this score on, and asked about if another is as near.
NAMED, AHEAD = 0.75, 0.2
LONGEST_SPAN = 62  # days; whoever takes "last month" for half a year has not understood it

Told = list[tuple[str, str]]


def bot_finds(texts: list[str]) -> tuple[list[Told], list[float]]:
    """Finds and milliseconds of CPU, from the Rasa environment."""
    command = [ROOT / ".venv-rasa/bin/python", "-m", "bench.entities_in_bot"]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command,
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | one_thread,
    )
    if done.returncode:
        sys.exit(f"the Rasa environment could not read the messages:\n{done.stderr}")
    answers = json.loads(done.stdout)
    return [[tuple(f) for f in a["finds"]] for a in answers], [a["ms"] for a in answers]


def app_labels(row: Labelled) -> Told:
    days = [("day", value.split("=>")[1]) for value in row.of("date")]
    return [day for day in days if day[1]] + [("product", value) for value in row.of("product")]


def app_finds(row: Labelled) -> Told:
    """Days and products that the app understands, in the words of the labels where it is right."""
    spans = spans_in(row.text, TODAY)
    told: Told = []
    for value in (value.split("=>")[1] for value in row.of("date")):
        meant = [_span(either) for either in value.split(",") if either]
        right = [s for s in spans if any(_covers(s, one) for one in meant)]
        if right:
            told.append(("day", value))
            spans = [s for s in spans if s not in right]
    told += [("day", f"{s.first}..{s.last}") for s in spans]
    return told + [("product", name) for name in _products(row)]


def _span(text: str) -> Span:
    first, _, last = text.partition("..")
    return Span(date.fromisoformat(first), date.fromisoformat(last or first))


def _covers(found: Span, meant: Span) -> bool:
    longest = max(LONGEST_SPAN, (meant.last - meant.first).days)
    long = (found.last - found.first).days
    return found.first <= meant.first and meant.last <= found.last and long <= longest


def _products(row: Labelled) -> list[str]:
    """The lines named, in the words of the labels: "lamp+floorlamp" where it could be either."""
    bought = _bought()
    about = about_the_order(row.text, came_wrong=False)
    found = dict(zip(bought, scores(about, NO_DAY, list(bought.values())), strict=True))
    best = max(found.values())
    named = [n for n, score in found.items() if score >= NAMED and best - score < AHEAD]
    told = []
    for value in row.of("product"):
        if set(value.split("+")) <= set(named):
            told.append(value)
            named = [n for n in named if n not in value.split("+")]
    return told + named


@cache
def _bought() -> dict[str, Candidate]:
    known = {_title(variant): variant for variant in catalogue(random.Random(0))}
    lines = YAML(typ="safe").load(CUSTOMER.read_text(encoding="utf-8"))
    return {name: _candidate(known[title]) for name, title in lines.items()}


def _title(variant: CatalogueVariant) -> str:
    options = ", ".join(variant.options.values())
    return f"{variant.product} | {options}" if options else variant.product


def _candidate(variant: CatalogueVariant) -> Candidate:
    return Candidate(
        variant.product, variant.category, variant.words, variant.options, BOUGHT_ON, None
    )


def tallies(rows: list[Labelled], finds: list[Told] | None = None) -> dict[str, Tally]:
    """One of each entity; with the bot's finds, or without them the app's alone."""
    counted = {name: Tally() for name in (*(IN_BOT if finds else ()), *IN_APP)}
    for position, row in enumerate(rows):
        expected, found = app_labels(row), app_finds(row)
        if finds:
            labels = bot_labels(row)
            expected = [*expected, *labels]
            found = [*found, *as_labelled(labels, finds[position])]
        for name, tally in counted.items():
            tally.add([v for n, v in expected if n == name], [v for n, v in found if n == name])
    return counted


def show_errors(rows: list[Labelled], finds: list[Told]) -> None:
    for row, found in zip(rows, finds, strict=True):
        labels = bot_labels(row)
        pairs = [
            (set(labels), set(as_labelled(labels, found))),
            (set(app_labels(row)), set(app_finds(row))),
        ]
        for expected, told in pairs:
            for mark, things in (("missed", expected - told), ("extra", told - expected)):
                for name, value in sorted(things):
                    print(f"  {mark:<6} {name:<12} {value:<28} {row.text}")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--part", default="all", choices=["open", "held_out", "all"])
    options.add_argument("--errors", action="store_true", help="each miss and each find too many")
    given = options.parse_args()
    rows = read_set(given.part)
    finds, milliseconds = bot_finds([row.text for row in rows])
    print(f"{len(rows)} messages ({given.part}); today is {TODAY:%A} {TODAY}\n")
    print(f"{'entity':<14}{'precision':>10}{'recall':>8}{'labels':>8}")
    for name, tally in tallies(rows, finds).items():
        labels = tally.hits + tally.missed
        print(f"{name:<14}{tally.precision:>10.3f}{tally.recall:>8.3f}{labels:>8}")
    slowest = statistics.quantiles(milliseconds, n=20)[-1]
    print(
        f"\nCPU of the bot's side, a message: median {statistics.median(milliseconds):.2f} ms, "
        f"mean {statistics.mean(milliseconds):.2f} ms, 95th of 100 {slowest:.2f} ms"
    )
    worst = max(bot_finds(list(WEARISOME))[1])
    print(f"The slowest of {len(WEARISOME)} texts made to be slow: {worst:.0f} ms")
    if given.errors:
        show_errors(rows, finds)


if __name__ == "__main__":
    main()
