"""Match a customer's free words to the options on offer: a number, an ordinal, the words.

Pure: the text and the options come in, an option or None goes out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

_GOOD_ENOUGH = 82  # of 100; a typo or two in a short title, or most words of a long one
_CLEARLY_BETTER = 8
_ORDINALS = {
    "first": 1, "1st": 1, "one": 1, "second": 2, "2nd": 2, "two": 2, "third": 3, "3rd": 3,
    "three": 3, "fourth": 4, "4th": 4, "four": 4, "fifth": 5, "5th": 5, "five": 5,
}  # fmt: skip
_POSITION = re.compile(
    r"^\W*(?:(?:the|number|option|no\.?|nr\.?|#)\s*)*"
    r"(?P<word>\d{1,2}|" + "|".join(_ORDINALS) + r"|last)\s*(?:one|option|please|pls|thanks)?\W*$",
    re.IGNORECASE,
)
_NO_WAY = re.compile(r"\b(?:not|isn'?t|no|neither|wrong|don'?t)\b", re.IGNORECASE)
_SHORT = 4  # words
# What is refused, as far as the clause goes: "not the boots", "I don't want a refund".
_REFUSED = re.compile(
    r"\b(?:not|never|without|neither|nor|rather\s+than|instead\s+of|\w+n't"
    r"|(?:do|does|did|is|was|wo|ca)nt)\b(?:(?!\b(?:but|i|just|it'?s)\b)[^,.;:!?\n])*",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(r"\b(?:no|not|without|cannot|\w+n'?t)\b", re.IGNORECASE)


# What customers call somebody who is not a bot, where one is on offer.
A_PERSON = (
    "person", "human", "colleague", "staff", "agent", "manager", "real person",
    "talk to someone", "speak to someone", "speak with somebody", "someone look at it",
    "somebody have a look", "answer from someone", "reply from somebody",
)  # fmt: skip


@dataclass(frozen=True)
class Option:
    id: str
    title: str
    also: tuple[str, ...] = ()  # other words that customers use for it
    is_yes: bool = False  # a plain "yes" means this one
    is_no: bool = False  # a plain "no" means this one

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "title": self.title,
            "also": list(self.also),
            "yes": self.is_yes,
            "no": self.is_no,
        }

    @classmethod
    def from_json(cls, entry: dict[str, object]) -> "Option":
        also = entry.get("also")
        return cls(
            id=str(entry["id"]),
            title=str(entry["title"]),
            also=tuple(str(word) for word in also) if isinstance(also, list) else (),
            is_yes=bool(entry.get("yes")),
            is_no=bool(entry.get("no")),
        )


def by_position(text: str, options: Sequence[Option]) -> Option | None:
    """ "2", "the second one", "last": the option at that place."""
    found = _POSITION.match(text.strip())
    if not found or not options:
        return None
    word = found["word"].casefold()
    place = len(options) if word == "last" else int(_ORDINALS.get(word, word))
    return options[place - 1] if 1 <= place <= len(options) else None


def by_words(text: str, options: Sequence[Option]) -> Option | None:
    """The one option whose words stand in the text, if one stands out."""
    said = _plain(text)
    if len(said) < 2:
        return None
    exact = [option for option in options if said in {_plain(w) for w in _words(option)}]
    if len(exact) == 1:
        return exact[0]
    if _NO_WAY.search(text) and len(said.split()) <= _SHORT:
        return None  # "not that one", "no refund": a word of the option is there, the wish is not
    wanted = _plain(_REFUSED.sub(" ", text.replace("’", "'")))
    scores = sorted(((_score(said, wanted, option), option.id) for option in options), reverse=True)
    if not scores or scores[0][0] < _GOOD_ENOUGH:
        return None
    if len(scores) > 1 and scores[0][0] - scores[1][0] < _CLEARLY_BETTER:
        return None
    return next(option for option in options if option.id == scores[0][1])


def match(
    text: str, options: Sequence[Option], *, is_yes: bool = False, is_no: bool = False
) -> Option | None:
    """The option that an answer means. A plain yes or no counts only if no words pick one."""
    shown = [option for option in options if option.title]
    return (
        by_position(text, shown)
        or by_words(text, shown)
        or (next((o for o in options if o.is_yes), None) if is_yes else None)
        or (next((o for o in options if o.is_no), None) if is_no else None)
    )


def _score(said: str, wanted: str, option: Option) -> float:
    """An option that is a refusal itself ("I can't take one") is looked for in all that is said."""
    refusals = [_plain(word) for word in _words(option) if _NEGATIVE.search(word)]
    others = [_plain(word) for word in _words(option) if not _NEGATIVE.search(word)]
    found = (
        process.extractOne(text, among, scorer=_likeness)
        for text, among in ((said, refusals), (wanted, others))
        if text and among
    )
    return max((best[1] for best in found if best), default=0.0)


def _likeness(said: str, words: str, **_: object) -> float:
    if len(words) < 3:
        return 100.0 if words in said.split() else 0.0
    return max(fuzz.ratio(said, words), fuzz.token_set_ratio(said, words) * 0.97)


def _words(option: Option) -> tuple[str, ...]:
    return (option.title, *option.also)


def _plain(text: str) -> str:
    words = re.sub(r"[^\w£$€.%-]+", " ", text.casefold()).split()
    return " ".join(filter(None, (word.strip(".-") for word in words)))  # no word has a full stop
