"""The checked patterns: order numbers, e-mail, phone, amounts, sizes, colours, dates and so on.

Pure: text in, finds out. Values are made plain (order number without '#', e-mail in lower case);
dates stay as the customer wrote them, since only the application knows the customer's today.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.address_patterns import ADDRESS_PATTERNS, PHONE
from bot.day_patterns import DAY_PATTERNS
from bot.found import Found as Found
from bot.found import Pattern
from bot.goods_patterns import (
    AMOUNT_PATTERNS,
    COLOUR_PATTERNS,
    RATING_PATTERNS,
    SIZE_PATTERNS,
)
from bot.quantity_patterns import QUANTITY_PATTERNS

# Most trusted first: of two finds that overlap, the earlier kind here wins.
PATTERNS: tuple[Pattern, ...] = (
    *ADDRESS_PATTERNS,
    *AMOUNT_PATTERNS,
    *DAY_PATTERNS,
    *RATING_PATTERNS,
    PHONE,
    *SIZE_PATTERNS,
    *COLOUR_PATTERNS,
    *QUANTITY_PATTERNS,
)


def find(text: str, kept: Sequence[Found] = ()) -> list[Found]:
    """All finds, in the order of the text, no two overlapping; what is kept already stays."""
    found = list(kept)
    for candidate in _candidates(text):
        if all(candidate.end <= other.start or candidate.start >= other.end for other in found):
            found.append(candidate)
    return sorted(found, key=lambda one: one.start)


def _candidates(text: str) -> Iterator[Found]:
    for pattern in PATTERNS:
        for match in pattern.expression.finditer(text):
            value = pattern.check(match, text)
            if value:
                yield Found(pattern.entity, value, match.start("value"), match.end("value"))
