"""How many of an item the customer's words are about. Pure."""

import re

from actions import yes_or_no
from careline.service.said_things import about_the_trouble

_WORDS = {"one": 1, "two": 2, "both": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
          "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "dozen": 12}  # fmt: skip
_COUNT = rf"(?P<count>\d{{1,2}}|{'|'.join(_WORDS)})"
_ALL = r"(?:all|every\s*(?:thing|one)|the\s+(?:whole\s+)?lot|both|each)"
_NOT_ALL = re.compile(rf"\b(?:not|n't|nt)\s+(?:quite\s+)?{_ALL}\b[^,.;:]*", re.IGNORECASE)
_LEAD = (
    r"(?:(?:no+|nope|wait|sorry|actually|well|ok|oh|hm+|i\s+(?:mean|think|said)|make\s+it|rather|only"
    r"|just|it'?s|it\s+is|it\s+was|it\s+concerns|there\s+(?:are|were)|about|the|for|maybe)\b\W*)*"
)
_REST = (
    r"(?:\W*(?:of\s+(?:them|these|those|the\s+\w+|my\s+\w+)|pieces?|pcs|units?|items?|ones?|please|pls"
    r"|thanks?|thank\s+you|luckily|sadly|only|in\s+total|altogether|are|is|were|was|ffs|tbh|maybe|i\s+(?:think|guess|believe)|\w+s)\b)*\W*"
)
_ANSWER = re.compile(rf"\W*{_LEAD}{_COUNT}\b{_REST}$", re.IGNORECASE)
_ALL_OF_IT = re.compile(
    rf"\W*{_LEAD}{_ALL}(?:\s+(?:of\s+)?(?:them|it|these|those|the|my|\d{{1,2}}|{'|'.join(_WORDS)}|\w+s))*"
    r"(?:\W*(?:please|pls|are|is|were|was|broken|missing|wrong|affected))*\W*",
    re.IGNORECASE,
)
_OF_THEM = re.compile(
    rf"\b{_COUNT}\s+(?:of\s+(?:them|these|those|the|my)|pieces?|pcs)\b"
    rf"|\b(?:just|only)\s+(?P<only>\d{{1,2}}|{'|'.join(_WORDS)})(?!\s+(?!of\b)\w)",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"^\W*(?:no|nope|wait|sorry|actually|i\s+mean\w*|rather|oh)\b", re.IGNORECASE)


def said(words: str, item: str) -> int | None:
    """ "One carafe made it, but two of the carafes are missing": two."""
    return how_many_said(words, item) or how_many_said(about_the_trouble(words), item)


def how_many_said(text: str, item: str) -> int | None:
    """How many of the item a sentence is about: "two of the carafes", "3 mugs". None if unclear."""
    names = "|".join(re.escape(word[:4]) + r"\w*" for word in item.split() if len(word) >= 4)
    of_what = r"of\s+(?:the|my|them|these|those)\b" + (rf"|(?:{names})" if names else "")
    pattern = rf"\b(\d{{1,2}}|{'|'.join(_WORDS)})\s+(?:{of_what})"
    numbers = "|".join(word for word in _WORDS if word not in ("one", "both"))
    whole = rf"\ball\s+(?:of\s+the\s+)?(\d{{1,2}}|{numbers})\b"  # "all three televisions"
    told = _NOT_ALL.sub(" ", text.casefold())
    found = re.findall(pattern, told) + re.findall(whole, told)
    counts = {_count(word) for word in found}
    return counts.pop() if len(counts) == 1 else None


def answered(text: str, *, all_of: int) -> int | None:
    """The answer to "how many?": a bare number, "two of them", "all"; None if it says none.

    A number that stands in a story ("I told you 2 weeks ago") is no answer.
    """
    text = _NOT_ALL.sub(" ", text)
    if yes_or_no.asks_something(text):
        return None
    if _ALL_OF_IT.fullmatch(text):
        return all_of
    found = _ANSWER.fullmatch(text) or _OF_THEM.search(text)
    if found is None:
        return None
    word = found["count"] or found.groupdict().get("only")
    return _count(word.casefold()) if word else None


def corrected(text: str, item: str, *, all_of: int) -> int | None:
    """So many instead of the number given: "no wait, three of them", "actually all four"."""
    if yes_or_no.asks_something(text):
        return None
    told = how_many_said(text, item)
    if told is not None or not _INSTEAD.match(text):
        return told
    return answered(text, all_of=all_of)


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _WORDS[word]
