"""Everything that is found in one text: announced names, the checked patterns, read names.

Without Rasa, so that it can be measured and tested alone.
"""

from __future__ import annotations

from bot.found import Found
from bot.name_patterns import announced_names
from bot.patterns import find

# Read at most this much: a text of 20,000 characters is a paste, not a message.
READ_AT_MOST = 4000


def finds_in(text: str) -> list[Found]:
    """In the order of the text, no two overlapping."""
    text = text[:READ_AT_MOST]
    # Names first: of "my name is Violet Green", neither word is a colour, and May no month.
    return find(text, kept=announced_names(text))
