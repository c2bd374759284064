"""How well order lines fit a customer's words: names, synonyms, sizes, colours, days, typos.

Pure. A score of 0.75 and more says that the words name the line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from careline.service.said_dates import Span

_ALIKE = 82  # of 100, as in the shop's own search: "kettel" is "kettle", "skirt" is not "shirt"
_SHORTEST_WITH_MISTAKES = 5
_LONG_WORD = 8  # letters, from which two may be missing
_NAMED = 0.78  # one word that customers use for it
_MORE_WORDS = 0.21  # a longer phrase tells more: "deck shoes" beats "shoes", and clearly so
_MOST_BY_WORDS = 0.99
_CATEGORY = 0.4
_OPTION = 0.15  # the size or colour was said
_OTHER_OPTION = 0.25  # another size or colour was said
_DAY = 0.2
_ONLY_A_DAY = 0.78
_A_DAY_OF_SOMETHING = 0.5  # "it broke yesterday" may mean another day than that of delivery
_LITTLE = {
    "a", "an", "and", "the", "of", "in", "my", "for", "with", "to", "it", "is", "was", "i", "on",
    "last", "season", "can",
}  # fmt: skip
# Words of goods in what is said of something else.
_FIGURES_OF_SPEECH = re.compile(
    r"\b(?:(?:shed(?:ding)?|throw)(?: some| any)? light on|in (?:the )?light of|(?:come|came|bring|"
    r"brought) to light|light up|boot(?:ed)? (?:me|him|her|us|them)|get the boot|on board|"
    r"throw(?:n|ing)? (?:it |them |that |this )?(?:away|out|in)|top up|on top of|"
    r"book (?:a|an|me|my) (?:slot|courier|collection|pick-?up|return|repair|call|delivery)|"
    r"(?:your|web|home|login|log-in|payment|checkout) screen|screen of (?:your|the) (?:web)?\w+)\b",
    re.IGNORECASE,
)
_PLACED = re.compile(r"\b(?:ordered|bought|purchased|placed|order (?:from|of))\b", re.IGNORECASE)
_ARRIVED = re.compile(r"\b(?:deliver(?:ed|y)|arrived|came|got|received)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """What of a line can be said."""

    product: str
    category: str
    words: tuple[str, ...]
    options: dict[str, str]
    placed_on: date
    delivered_on: date | None


@dataclass(frozen=True)
class Day:
    """Days that were said, and what they are the day of; "it broke yesterday" is of neither."""

    spans: Sequence[Span]
    of_order: bool
    of_delivery: bool

    @classmethod
    def said_in(cls, words: str, spans: Sequence[Span]) -> "Day":
        return cls(spans, _PLACED.search(words) is not None, _ARRIVED.search(words) is not None)

    def fits(self, candidate: Candidate) -> bool:
        either = self.of_order == self.of_delivery
        days = [candidate.placed_on] if self.of_order or either else []
        if candidate.delivered_on and (self.of_delivery or either):
            days.append(candidate.delivered_on)
        return any(span.holds(day) for span in self.spans for day in days)


NO_DAY = Day((), False, False)


def scores(said: str, day: Day, candidates: Sequence[Candidate]) -> list[float]:
    """One score from 0 to 1 for each candidate."""
    tokens = _tokens(_FIGURES_OF_SPEECH.sub(" ", said))
    if not any(day.fits(candidate) for candidate in candidates):
        day = NO_DAY  # "my money back today": no day of any of these
    found = [_name_score(tokens, candidate) for candidate in candidates]
    with_options = [
        _with_options(score, said, tokens, candidate, candidates)
        for score, candidate in zip(found, candidates, strict=True)
    ]
    anything_named = any(score > 0 for score in with_options)
    return [
        _with_day(score, day, candidate, named=anything_named)
        for score, candidate in zip(with_options, candidates, strict=True)
    ]


def _name_score(tokens: list[str], candidate: Candidate) -> float:
    if not tokens:
        return 0.0
    name = _tokens(candidate.product)
    said = sum(_is_said(token, tokens) for token in name)
    best = 0.0
    if name and said == len(name):
        best = 1.0
    elif said:  # part of the name: "lantern" for the Lantern table lamp
        best = _NAMED * (0.6 + 0.4 * said / len(name))
    for phrase in candidate.words:
        parts = _tokens(phrase)
        if parts and all(_is_said(part, tokens) for part in parts):
            best = max(best, min(_NAMED + _MORE_WORDS * (len(parts) - 1), _MOST_BY_WORDS))
    if best == 0.0 and any(_is_said(part, tokens) for part in _tokens(candidate.category)):
        best = _CATEGORY
    return best


def _with_options(
    score: float,
    said: str,
    tokens: list[str],
    candidate: Candidate,
    candidates: Sequence[Candidate],
) -> float:
    for name, value in candidate.options.items():
        others = {c.options[name] for c in candidates if name in c.options} - {value}
        if _option_is_said(value, said, tokens):
            score = score + _OPTION if score else _NAMED - 2 * _OPTION
        elif score and any(_option_is_said(other, said, tokens) for other in others):
            score -= _OTHER_OPTION
    return max(min(score, 1.0), 0.0)


def _with_day(score: float, day: Day, candidate: Candidate, *, named: bool) -> float:
    if not day.spans:
        return score
    fits = day.fits(candidate)
    if score:
        return min(score + _DAY, 1.0) if fits else max(score - _DAY / 2, 0.0)
    if named or not fits:
        return 0.0
    return _ONLY_A_DAY if day.of_order or day.of_delivery else _A_DAY_OF_SOMETHING


def _option_is_said(value: str, said: str, tokens: list[str]) -> bool:
    if len(value) == 1:  # "M" is a size where it stands alone as a capital, or after "size"
        small = rf"\bsize {re.escape(value.casefold())}\b"
        return bool(re.search(rf"\b{re.escape(value)}\b", said) or re.search(small, said.lower()))
    return all(part in tokens for part in _tokens(value))


def _is_said(token: str, said: list[str]) -> bool:
    return token in said or any(_mistyped(other, token) for other in said)


def _mistyped(said: str, meant: str) -> bool:
    """A letter too many or too few, or two that changed places; another letter is another word.

    The first letter is seldom wrong, and another one says something else: flight, light.
    """
    if min(len(said), len(meant)) < _SHORTEST_WITH_MISTAKES or said[0] != meant[0]:
        return False
    if sorted(said) == sorted(meant):
        return OSA.distance(said, meant) == 1 or fuzz.ratio(said, meant) >= _ALIKE
    slips = 1 if len(meant) < _LONG_WORD else 2
    return abs(len(said) - len(meant)) <= slips and fuzz.ratio(said, meant) >= _ALIKE


def _tokens(text: str) -> list[str]:
    words = re.findall(r"\w+", re.sub(r"['’]s\b", "", text.casefold()))
    return [_singular(word) for word in words if word not in _LITTLE]


def _singular(token: str) -> str:
    if len(token) > 3 and token.endswith("s") and not token.endswith("ss"):
        return token[:-1]
    return token
