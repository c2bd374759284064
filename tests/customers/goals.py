"""What simulated customers come with: goals/*.yml and voices.yml as values."""

import random
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

from ruamel.yaml import YAML

HERE = Path(__file__).parent
VOICES = ("terse", "polite", "angry", "foreign", "chatty")
# What they do at the first offer that suits them, before they take it; as voices.yml names it.
STRAIGHT, REFUSES = "straight", "refuses"
MANNERS = (STRAIGHT, "hesitates", "asks_back", "sure_but", REFUSES)


@dataclass(frozen=True)
class SeededOrder:
    """An order that the goal needs; story, days and items as in careline.shops.showcase."""

    story: str
    days: float
    items: tuple[str, ...]


@dataclass(frozen=True)
class Goal:
    name: str
    topic: str  # the file it stands in
    opening: dict[str, str]  # a first message for each voice
    orders: tuple[SeededOrder, ...] = ()
    about: tuple[int, int] = (0, 0)  # which order, and which line of it
    country: str = "GB"
    signed_in: bool = True
    presses: str = "sometimes"  # buttons: always | sometimes
    knows: dict[str, Any] = field(default_factory=dict)
    tells: frozenset[str] = frozenset()  # what each opening says already
    interrupts: dict[str, str] = field(default_factory=dict)  # said once in place of an answer
    comes_back: dict[str, str] = field(default_factory=dict)  # in a new chat, at that question
    then: tuple[str, ...] = ()  # said when the first thing is done
    restates: str = ""  # said when the bot did not understand the opening
    ends: tuple[dict[str, Any], ...] = ()  # the cases that must stand in the record
    may_also: frozenset[str] = frozenset()  # kinds of further cases that are right, too
    line_may_be_open: bool = False  # a person may have it before the line was asked for
    hears: tuple[str, ...] = ()  # patterns that must have been said to the customer
    to_a_person: frozenset[str] = frozenset()  # right reasons for handing over; empty: none is

    @classmethod
    def from_yaml(cls, topic: str, entry: dict[str, Any]) -> Self:
        values = dict(entry)
        return cls(
            name=values.pop("goal"),
            topic=topic,
            orders=tuple(
                SeededOrder(order["story"], order["days"], tuple(order["items"]))
                for order in values.pop("orders", ())
            ),
            about=tuple(values.pop("about", (0, 0))),
            **{name: _frozen(cls, name, value) for name, value in values.items()},
        )


def _frozen(cls: type, name: str, value: Any) -> Any:
    kinds = {"frozenset": frozenset, "tuple": tuple}
    declared = str(cls.__annotations__[name]).split("[")[0]
    return kinds[declared](value) if declared in kinds else value


@cache
def all_goals() -> tuple[Goal, ...]:
    return tuple(
        Goal.from_yaml(file.stem, entry)
        for file in sorted((HERE / "goals").glob("*.yml"))
        for entry in YAML(typ="safe").load(file)
    )


@cache
def voices() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = YAML(typ="safe").load(HERE / "voices.yml")
    return found


@dataclass
class Voice:
    """One person's way of saying things; the same seed says the same."""

    name: str
    chance: random.Random

    def opening(self, goal: Goal, facts: dict[str, Any]) -> str:
        return goal.opening[self.name].format(**facts)

    def says(self, what: str, facts: dict[str, Any]) -> str:
        return self.chance.choice(voices()[self.name][what]).format(**facts)
