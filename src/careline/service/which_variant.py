"""Which other size or colour a customer may have, and which one their words mean."""

import re
from collections.abc import Sequence
from dataclasses import replace

from careline.journey.words import CaseKind
from careline.service import exchange
from careline.service.facts import Request
from careline.service.gathering import gather, gather_goods
from careline.service.services import Services
from careline.shops.protocol import Variant

_BIGGER = re.compile(r"\b(?:bigger|larger|size\s+up|too\s+(?:small|tight|short))\b", re.IGNORECASE)
_SMALLER = re.compile(r"\b(?:smaller|size\s+down|too\s+(?:big|large|loose|long))\b", re.IGNORECASE)
_LONE_LETTER = re.compile(r"(?<![\w'’])([SML])(?![\w'’])")  # "L please", and no small s or m
_LETTERS = ("xxs", "xs", "s", "m", "l", "xl", "xxl", "3xl")
_IN_WORDS = {"extra small": "xs", "small": "s", "medium": "m", "large": "l", "extra large": "xl"}


def others_in_stock(services: Services, request: Request) -> tuple[Variant, ...]:
    """What the request's line could be exchanged or changed for now."""
    as_exchange = request if request.kind is CaseKind.CHANGE else _as_exchange(request)
    situation = gather(services, as_exchange)
    return exchange.in_stock(situation.the_line, situation.variants, situation.quantity or 1)


def options_now(services: Services, request: Request) -> dict[str, str]:
    """The size and colour of what was bought."""
    return gather_goods(services, _as_exchange(request)).the_line.variant.options


def meant(others: Sequence[Variant], words: str, now: dict[str, str]) -> Variant | None:
    """The one variant that the words name; what they do not say stays as it is.

    "Size 43", "in blue", "one size bigger", "a medium". None if they name none, or several.
    """
    said = _LONE_LETTER.sub(r"size \1", words).casefold()
    wanted = {name: value for name in now if (value := _value_in(said, others, name, now[name]))}
    if "size" in now and "size" not in wanted:
        step = 1 if _BIGGER.search(said) else -1 if _SMALLER.search(said) else 0
        size = _next_size(now["size"], [v.options.get("size", "") for v in others], step)
        if size:
            wanted["size"] = size
    if not wanted:
        return None
    target = _folded({**now, **wanted})
    fitting = [v for v in others if _folded(v.options) == target]
    return fitting[0] if len(fitting) == 1 else None


def near(others: Sequence[Variant], words: str) -> list[Variant]:
    """Those with a size or colour that the words name; all named ones at once, if there are any."""
    said = _LONE_LETTER.sub(r"size \1", words).casefold()
    named = {
        (name, value)
        for variant in others
        for name, value in variant.options.items()
        if _names(said, value.casefold(), name)
    }
    if not named:
        return []
    fitting = [(len(named & set(v.options.items())), v) for v in others]
    best = max(many for many, _ in fitting)
    return [variant for many, variant in fitting if many == best]


def _value_in(said: str, others: Sequence[Variant], name: str, now: str) -> str | None:
    """The value that is named; "42 instead of 41" names what they have as well, not wants it."""
    values = sorted({v.options[name] for v in others if name in v.options})
    named = [value for value in values if _names(said, value.casefold(), name)]
    wanted = [value for value in named if value != now] or named
    return max(wanted, key=len) if wanted else None


def _names(said: str, value: str, name: str) -> bool:
    if re.search(rf"(?<![\w']){re.escape(value)}(?!\w)", said):
        # A lone "s" or "m" is a size only where a size is spoken of.
        return len(value) > 1 or bool(
            re.search(rf"\b(?:size|an?)\s+{value}\b|^\W*{value}\W*$", said)
        )
    words = [phrase for phrase, letter in _IN_WORDS.items() if letter == value]
    return name == "size" and any(
        re.search(rf"(?<!extra )\b{phrase}\b", said) and f"too {phrase}" not in said
        for phrase in words
    )


def _next_size(now: str, sizes: Sequence[str], step: int) -> str | None:
    """The nearest size in stock in that direction."""
    if step == 0:
        return None
    ranked = [(rank, size) for size in set(sizes) if (rank := _rank(size)) is not None]
    here = _rank(now)
    if here is None:
        return None
    beyond = [(abs(rank - here), size) for rank, size in ranked if (rank - here) * step > 0]
    return min(beyond)[1] if beyond else None


def _rank(size: str) -> float | None:
    folded = size.casefold()
    if folded in _LETTERS:
        return float(_LETTERS.index(folded))
    number = re.match(r"\d+(?:[.,]\d+)?", folded)
    return float(number.group().replace(",", ".")) if number else None


def _folded(options: dict[str, str]) -> dict[str, str]:
    return {name: value.strip().casefold() for name, value in options.items()}


def _as_exchange(request: Request) -> Request:
    return replace(request, kind=CaseKind.EXCHANGE)
