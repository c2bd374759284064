"""The labelled messages of tests/nlu/entities.tsv, and how finds are counted against them.

Runs in both environments: the bot's finds are made in one, the app's in the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SET = Path(__file__).parents[1] / "tests" / "nlu" / "entities.tsv"
IN_BOT = (
    "order_number", "email", "phone", "amount", "date", "quantity", "size", "colour", "rating",
    "postcode", "person",
)  # fmt: skip
IN_APP = ("day", "product")  # what the words mean for this customer, today
# Made to keep a careless pattern busy.
WEARISOME = (
    "1" * 4000, "a@" * 2000, "0 0 " * 1000, "one hundred " * 400, "I'm Aa " * 600, "x at y " * 600,
    "Aa Bb " * 700, "name: " * 700, "two of the " * 400, "A-" * 2000, "£" * 4000, "size " * 800,
)  # fmt: skip


@dataclass(frozen=True)
class Labelled:
    part: str
    expected: tuple[tuple[str, str], ...]
    text: str

    def of(self, entity: str) -> list[str]:
        return [value for name, value in self.expected if name == entity]


@dataclass
class Tally:
    """Hits, what was found too much and what was missed, of one entity."""

    hits: int = 0
    extra: int = 0
    missed: int = 0

    def add(self, expected: Sequence[str], found: Sequence[str]) -> bool:
        """Whether all of it is right."""
        wanted, got = Counter(expected), Counter(found)
        self.hits += (wanted & got).total()
        self.extra += (got - wanted).total()
        self.missed += (wanted - got).total()
        return wanted == got

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + self.extra) if self.hits + self.extra else 1.0

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0


def read_set(part: str = "all") -> list[Labelled]:
    rows = [
        _labelled(line)
        for line in SET.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("# ")
    ]
    return [row for row in rows if part in ("all", row.part)]


def _labelled(line: str) -> Labelled:
    part, expected, text = line.split("\t")
    pairs = [pair.strip().split("=", 1) for pair in expected.split(";") if pair.strip()]
    return Labelled(part, tuple((name, value) for name, value in pairs), text.replace("\\n", "\n"))


def bot_labels(row: Labelled) -> list[tuple[str, str]]:
    """What the bot should find; of a day only the words."""
    return [
        (name, value.split("=>")[0] if name == "date" else value)
        for name, value in row.expected
        if name in IN_BOT
    ]


def as_labelled(
    expected: Iterable[tuple[str, str]], found: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The finds, in the words of the labels where both say the same."""
    left = list(expected)
    told = []
    for name, value in found:
        same = next((e for e in left if e[0] == name and _same(name, e[1], value)), None)
        if same:
            left.remove(same)
        told.append(same or (name, value))
    return told


def _same(name: str, expected: str, value: str) -> bool:
    if name == "date":  # "the 3rd of may" or "3rd of may": the words around a day do not matter
        wanted, got = expected.casefold(), value.casefold()
        return wanted in got or got in wanted
    if name == "amount":
        (number, unit), (other, its_unit) = expected.split(), value.split()
        return unit == its_unit and abs(float(number) - float(other)) < 0.005
    if name == "person":
        return expected.casefold() == value.casefold()
    return expected == value
