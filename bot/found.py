"""What a pattern is, and what a find is; the number words that several kinds share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Check = Callable[["re.Match[str]", str], "str | None"]


@dataclass(frozen=True)
class Found:
    entity: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Pattern:
    """One kind of thing; `check` gives the plain value of a match, or None to refuse it."""

    entity: str
    expression: re.Pattern[str]
    check: Check


def whole(match: re.Match[str], text: str) -> str | None:
    return " ".join((match.group("value") or "").split())


def lower(match: re.Match[str], text: str) -> str | None:
    return (whole(match, text) or "").lower()


def upper(match: re.Match[str], text: str) -> str | None:
    return (whole(match, text) or "").upper()


def pattern(entity: str, expression: str, check: Check = whole, *, flags: int = re.I) -> Pattern:
    return Pattern(entity, re.compile(expression, flags), check)


def before(match: re.Match[str], text: str, characters: int = 30) -> str:
    """What stands before the value, in lower case."""
    start = match.start("value")
    return text[max(0, start - characters) : start].lower()


def after(match: re.Match[str], text: str, characters: int = 50) -> str:
    end = match.end("value")
    return text[end : end + characters]


NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_SCALES = {"hundred": 100, "thousand": 1000}
NUMBER_WORDS = "|".join(sorted(NUMBERS, key=len, reverse=True))
_ANY_WORD = rf"(?:{NUMBER_WORDS}|hundred|thousand)"
# "forty-three", "two hundred and ten", "a thousand"
NUMBER_PHRASE = rf"(?:an?[ ](?=hundred|thousand))?{_ANY_WORD}(?:(?:[ -]|[ ]and[ ]){_ANY_WORD})*"


def number(said: str) -> str:
    """ "two hundred and ten" as "210"; figures stay."""
    words = re.findall(r"[a-z]+", said.lower())
    if not words:
        return said
    total = current = 0
    for word in words:
        if word in _SCALES:
            current = max(current, 1) * _SCALES[word]
            if word == "thousand":
                total, current = total + current, 0
        else:
            current += NUMBERS.get(word, 0)
    return str(total + current)
