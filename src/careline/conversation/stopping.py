"""STOP and START: whoever wants nothing unasked any more says so in any words of the policy.

"stop" alone may also mean the request in hand, so it counts only as the answer to a touch; words
that mean nothing else ("unsubscribe", "stop messaging me") count whenever they are written.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from careline.service.policies.contact import ContactPolicy

_LONGEST = 10  # words; who writes more says something else as well, and a reader should see it
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_GAPS = re.compile(r"[\s.,!;:]+")
_BEFORE = re.compile(r"^(?:please|pls|ok|okay|no|hi|hello)\s+")
# What may follow "stop" when it still means us: not "stop the parcel".
_AFTER = re.compile(
    r"^(?:(?:please|pls|now|it|this|that|these|all|thanks|thank you|sending|writing|messages?"
    r"|e-?mails?|me|to|the|of|asking|bothering|everything)\b\s*)*$"
)


class Said(StrEnum):
    STOP = "stop"
    START = "start"


def stop_or_start(text: str, policy: ContactPolicy, *, answers_a_touch: bool) -> Said | None:
    """What the message asks of us, if it is one of these words; None if it is anything else."""
    words = _plain(text)
    if not words or len(words.split()) > _LONGEST:
        return None
    if _is_one_of(words, policy.stop_words, alone_counts=answers_a_touch):
        return Said.STOP
    if _is_one_of(words, policy.start_words, alone_counts=True):
        return Said.START
    return None


def _is_one_of(words: str, phrases: Iterable[str], *, alone_counts: bool) -> bool:
    for phrase in _longest_first(tuple(phrases)):
        rest = words.removeprefix(phrase)
        if rest == words or not (rest == "" or rest.startswith(" ")):
            continue
        if phrase in _AMBIGUOUS:
            return alone_counts and _AFTER.match(rest.strip()) is not None
        return not rest or phrase in _MEANS_NOTHING_ELSE or _AFTER.match(rest.strip()) is not None
    return False


@lru_cache(maxsize=16)
def _longest_first(phrases: tuple[str, ...]) -> list[str]:
    return sorted(map(_plain, phrases), key=len, reverse=True)


_AMBIGUOUS = frozenset({"stop", "stop all", "start"})
_MEANS_NOTHING_ELSE = frozenset({"unsubscribe", "opt out", "opt-out"})


def _plain(text: str) -> str:
    words = _GAPS.sub(" ", _EDGES.sub("", text.casefold())).strip()
    return _BEFORE.sub("", words)
