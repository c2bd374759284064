"""What comes back to something that we said unasked: a score, "all good", or trouble.

Pure: the words, the touch they answer and the classifier's reading come in; what they mean after
that touch goes out. The application sends the touch with the message (metadata "touch").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

RATING = "give_rating_or_feedback"
RATING_FORM = "feedback_form"
CLOSE = 0.25  # how far a reading that the touch expects may lie behind the best one
SURE = 0.85  # a reading this sure is no race
_SCALES = {"csat": (1, 5), "review": (1, 5), "ces": (1, 7), "nps": (0, 10)}
_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip

# Scores in words, as far as they leave no doubt; what is not here is asked about.
_FIVE_WORDS = {
    1: "poor|very poor|terrible|awful|horrible|appalling|dreadful|rubbish|worst|the worst|useless"
       "|atrocious|abysmal|shocking|very bad|really bad|disgusting|not at all",
    2: "bad|disappointing|disappointed|not good|not great|not very good|not satisfied|unhappy"
       "|not happy|dissatisfied|below average|not impressed",
    3: "meh|so so|so-so|average|mixed|middling|neither|neutral|could be better|could have been"
       " better|alright|all right|mediocre",
    4: "good|pretty good|quite good|happy|satisfied|pleased|nice|all good|well|not bad at all",
    5: "great|excellent|perfect|brilliant|amazing|fantastic|superb|wonderful|outstanding|very good"
       "|really good|very happy|very satisfied|very pleased|awesome|spot on|flawless|the best|best"
       "|top|love it|loved it|very|couldn't be better",
}  # fmt: skip
_WORDS: Mapping[str, Mapping[int, str]] = {
    "csat": _FIVE_WORDS,
    "review": _FIVE_WORDS,
    "ces": {
        1: "very hard|very difficult|really hard|really difficult|impossible|nightmare|a nightmare"
           "|terrible|awful|horrible",
        2: "hard|difficult|a pain|painful|complicated",
        3: "not easy|not very easy|tricky|a bit hard|a bit difficult|fiddly",
        4: "meh|so so|so-so|average|neither|neutral",
        5: "quite easy|fairly easy|ok easy|easy enough",
        6: "easy|simple|straightforward|pretty easy",
        7: "very easy|really easy|super easy|so easy|easy peasy|effortless|no effort|a breeze"
           "|dead easy|couldn't be easier|extremely easy",
    },
    "nps": {
        0: "not at all|never|no way|absolutely not|definitely not|certainly not",
        10: "certainly|definitely|absolutely|of course|totally|without a doubt|yes definitely"
            "|yes absolutely|yes of course|in a heartbeat",
    },
}  # fmt: skip
# Said without a number to a question for one: it is asked for, once.
_HALF = re.compile(
    r"(?:(?:well|hmm?|dunno|i\s+don'?t\s+know|not\s+sure|no\s+idea|hard\s+to\s+say|ok|okay|fine"
    r"|yes|yeah|yep|no|nope|maybe|perhaps|probably|likely|unlikely|very\s+likely|great|good|bad"
    r"|terrible|awful|meh|it\s+depends|depends)\b[\s,.!?]*)+"
)

_FILLER = (
    r"(?:(?:well|so|hmm+|hm|um+|uh|er+|oh|hi|hello|hey|dunno|i\s+dunno|not\s+sure|i\s+don'?t\s+know"
    r"|maybe|perhaps|probably|about|around|roughly|say|i'?d\s+say|i\s+would\s+say|i\s+think|i\s+guess"
    r"|i\s+suppose|it'?s|it\s+was|it\s+is|that'?s|i'?d\s+give(?:\s+(?:it|you|that|them))?|i\s+give"
    r"(?:\s+(?:it|you|that|them))?|i\s+would\s+give(?:\s+(?:it|you|that|them))?|gets?|you\s+get|give"
    r"(?:\s+(?:it|you))?|my\s+(?:score|rating|answer)(?:\s+is)?|score|rating|rate|a|an|the|solid"
    r"|strong|definitely|for\s+sure|overall|only|just|easily|more\s+like|make\s+(?:it|that)"
    r"|actually|sorry|i\s+meant|at\s+best|at\s+most|at\s+least|yeah|yes|ok|okay|number|between"
    r"|either|from\s+me|was|all\s+in\s+all|service|experience|really)\b[\s,.:;!?…-]*)*"
)
_NUMBER = r"(?:-?\d{1,3}(?:[.,]\d)?|" + "|".join(_NUMBER_WORDS) + r")"
_UNITS = r"(?:\s*(?:\*+|★+|⭐+|-?stars?|points?|marks?)(?!\w))?"
# After a score comes an end, a mark, or a word that begins the reason; not "2 mugs", "one of them".
_END = (
    r"(?=\s*(?:$|[,.!?;:()…–—-]|\b(?:but|because|cos|coz|cause|though|although|as|since|and|thanks"
    r"|thank|please|pls|from|for|if|only|maybe|i|i'?d|the|it|your|my|with|however|only|overall|lol"
    r"|tbh|imo)\b|[^\w\s]))"
)
_ONE = re.compile(rf"{_FILLER}(?P<n>{_NUMBER}){_UNITS}{_END}")
_OF = re.compile(
    rf"{_FILLER}(?P<n>{_NUMBER}){_UNITS}\s*(?:/|out\s+of|of)\s*(?P<m>\d{{1,3}}|five|seven|ten)\b{_UNITS}"
)
_EITHER = re.compile(
    rf"{_FILLER}(?P<a>{_NUMBER}){_UNITS}\s*(?:-|–|/|,|or|to|and|or\s+maybe|maybe|,\s*maybe)"
    rf"\s*(?:a\s+|even\s+)?(?P<b>{_NUMBER}){_UNITS}{_END}"
)
_HALFWAY = re.compile(rf"{_FILLER}(?P<n>{_NUMBER})\s+and\s+a\s+half{_UNITS}{_END}")
_PERCENT = re.compile(rf"{_FILLER}(?P<n>\d{{1,3}})\s*%")
_STARS = re.compile(r"^\W*?((?:★|⭐|🌟)️?(?:\s*(?:★|⭐|🌟)️?)*)")
_JOIN = re.compile(
    r"^[\s,.!?;:()…–—-]*(?:(?:but|because|cos|coz|cause|though|although|and|however|only|as|since"
    r"|for|it'?s\s+just\s+that)\b[\s,]*)*"
)
_POLITE = re.compile(
    r"^\W*(?:(?:thanks?|thank\s+you|thx|ta|cheers|please|pls|from\s+me|lol|tbh|imo|very\s+much"
    r"|so\s+much|overall|for\s+sure|i\s+think|i\s+guess|maybe|i'?d\s+say)\b\W*)*$"
)
_GOODS = (
    "faulty_or_damaged_product", "wrong_item_received", "missing_or_late_delivery",
)  # fmt: skip
_NOTHING_WRONG = re.compile(
    r"^\W*(?:(?:yes|yep|yeah|yup|hi|hello|hey|ok|okay|thanks?|thank\s+you|no\s+worries)\b\W*)*"
    r"(?:(?:it'?s|it\s+is|they'?re|they\s+are|that'?s|everything(?:'s|\s+is|\s+was)?|it\s+all"
    r"|all\s+of\s+it|all(?:'s|\s+is|\s+was)?|we'?re|i'?m|going|is|arrived|came|looks?|works?|working"
    r"|there|here|very|really|so|absolutely|just|and|perfectly|of\s+it|still|so\s+far|safe(?:ly)?"
    r"|no\s+(?:problems?|complaints?|issues?|trouble)|nothing(?:'s|\s+is)?\s+wrong|love(?:s|d|\s+it)?"
    r"|good|fine|great|perfect|lovely|brilliant|excellent|super|superb|amazing|fantastic|ok|okay"
    r"|well|happy|wonderful|fab|right|sound|in\s+one\s+piece|as\s+it\s+should\s+be|as\s+expected"
    r"|thanks?|thank\s+you|cheers|so\s+much|very\s+much|for\s+asking|yes|a\s+treat|with\s+it|it"
    r"|👍|😊|❤️|🙂)(?!\w)\W*)*$"
)
_NOT_YET = re.compile(
    r"\b(?:(?:not|haven'?t|hasn'?t|didn'?t)\s+(?:\w+\s+)?(?:open|unpack|look|tri|us|check|had|got\s+round)\w*"
    r"|not\s+yet|still\s+(?:boxed|in\s+(?:the|its)\s+box|packed)|too\s+(?:early|soon)\s+to\s+(?:say|tell))\b"
)
_A_BARE_NO = re.compile(
    r"^\W*(?:(?:no|nope|nah|not\s+(?:really|quite|all|at\s+all|good|great|so\s+good|well|ok|okay"
    r"|right)|sadly|unfortunately|i'?m\s+afraid|actually|something(?:'s|\s+is)?\s+wrong|bad|badly"
    r"|it'?s|it\s+is)\b\W*)+$"
)

# Asked of us rather than answered; an article tells it, and how to stop.
QUESTION = "product_question"
_WHY_US = re.compile(
    r"\bwhy\s+(?:are|were|did|do|have)\s+you\s+(?:\w+\s+)?(?:writ|messag|contact|e-?mail|text|ask"
    r"|bother|send|wrote)\w*|\bwhy\s+(?:am|do|did)\s+i\s+(?:get|receiv|hear)\w*"
    r"|\b(?:how|where)\s+(?:did|do|have)\s+you\s+(?:get|got|have|find|know)\s+(?:\w+\s+)?my\b"
)


def asks_why_we_write(text: str) -> bool:
    return _WHY_US.search(" ".join(text.casefold().split())) is not None


@dataclass(frozen=True)
class Reply:
    """What the words mean after the touch; `rest` is what was said beside the score."""

    kind: str  # survey | fine | not_yet | trouble
    score: int | None = None
    either: tuple[int, int] | None = None  # said between two
    off: bool = False  # a number that the scale does not have
    rest: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_reply(text: str, touch: Mapping[str, Any], *, rating_is_asked: bool) -> Reply | None:
    """None when the words are about something else, and stand for themselves.

    Numbers are scores until the survey is answered. Words are scores, or "all good", only right
    after the touch, or when the bot has just asked for the score.
    """
    fresh = bool(touch.get("is_last")) or rating_is_asked
    survey = touch.get("survey")
    if survey in _SCALES:
        if touch.get("is_rated"):
            return None
        return _score(text, str(survey), in_words=fresh)
    if not fresh or rating_is_asked or touch.get("has_case"):
        return None
    return _how_it_is(text, touch)


def expected_intent(
    ranking: Sequence[Mapping[str, Any]], touch: Mapping[str, Any], ask_above: float
) -> str | None:
    """The reading that the touch expects, where it is the best one's close second or unsure."""
    replies = touch.get("replies") or {}
    real = [r for r in ranking if r["name"] != "nlu_fallback"]
    if not real or real[0]["name"] in replies:
        return str(real[0]["name"]) if real and real[0]["confidence"] >= ask_above else None
    best = real[0]["confidence"]
    if best >= SURE:
        return None
    for second in real[1:3]:
        if second["name"] in replies and second["confidence"] >= max(ask_above, best - CLOSE):
            return str(second["name"])
    return None


def _score(text: str, survey: str, *, in_words: bool) -> Reply | None:
    words = " ".join(text.casefold().replace("’", "'").split())
    low, high = _SCALES[survey]
    for read in (_by_stars, _by_share, _by_two, _by_one):
        found = read(words, text, low, high)
        if found is not None:
            return found
    if not in_words:
        return None
    for score, said in _WORDS[survey].items():
        match = re.match(rf"{_FILLER}(?:{said}){_END}(?!\s*(?:of|at|for\s+nothing)\b)", words)
        if match and _is_longest(match, words, survey):
            return _with_rest(Reply("survey", score), words[match.end() :])
    if _HALF.fullmatch(words):
        return Reply("survey")
    return None


def _is_longest(match: re.Match[str], words: str, survey: str) -> bool:
    """Of "very easy" the longer reading counts, whichever score it is under."""
    ends = [
        found.end()
        for said in _WORDS[survey].values()
        if (found := re.match(rf"{_FILLER}(?:{said}){_END}", words))
    ]
    return match.end() >= max(ends)


def _by_stars(words: str, text: str, low: int, high: int) -> Reply | None:
    found = _STARS.match(text.strip())
    if found is None:
        return None
    count = len(re.findall(r"★|⭐|🌟", found[1]))
    rest = text.strip()[found.end() :]
    if high != 5 or count > high:
        return Reply("survey", off=True, rest=_rest(rest))
    return _with_rest(Reply("survey", count), rest)


def _by_share(words: str, text: str, low: int, high: int) -> Reply | None:
    """Out of the scale's top as it is; out of ten or a hundred brought to five, rounded up."""
    found = _OF.match(words) or _PERCENT.match(words)
    if found is None:
        return None
    given = _value(found["n"])
    top = _value(found["m"]) if "m" in found.groupdict() else 100
    rest = words[found.end() :]
    if "/" in found[0] and top != high and top == given + 1 and top < high:
        return None  # "7/8" of ten: between the two
    if top == high:
        score = min(given, float(high))
        return _with_rest(Reply("survey", int(score)), rest) if score >= low else _off(rest)
    if high == 5 and top in (10, 100) and given > 0:
        return _with_rest(Reply("survey", min(5, -(-int(given * 5) // int(top)))), rest)
    if high == 10 and top == 100:
        return _with_rest(Reply("survey", min(10, round(given / 10))), rest)
    return _off(rest)


def _by_two(words: str, text: str, low: int, high: int) -> Reply | None:
    halfway = _HALFWAY.match(words)
    found = halfway or _EITHER.match(words)
    if found is None:
        return None
    first = _value(found["n"] if halfway else found["a"])
    second = first + 1 if halfway else _value(found["b"])
    a, b = sorted((first, second))
    if not (low <= a and b <= high and a == int(a) and b == int(b)):
        return None if a == int(a) and low <= a <= high else _off(words[found.end() :])
    if a == b:
        return _with_rest(Reply("survey", int(a)), words[found.end() :])
    return Reply("survey", either=(int(a), int(b)), rest=_rest(words[found.end() :]))


def _by_one(words: str, text: str, low: int, high: int) -> Reply | None:
    found = _ONE.match(words)
    if found is None:
        return None
    given, rest = _value(found["n"]), words[found.end() :]
    if given != int(given):
        a = int(given)
        if low <= a and a + 1 <= high:
            return Reply("survey", either=(a, a + 1), rest=_rest(rest))
        return _off(rest)
    if not low <= given <= high:
        return _off(rest)
    return _with_rest(Reply("survey", int(given)), rest)


def _off(rest: str) -> Reply:
    return Reply("survey", off=True, rest=_rest(rest))


def _with_rest(reply: Reply, rest: str) -> Reply:
    return Reply(reply.kind, reply.score, reply.either, reply.off, _rest(rest))


def _rest(words: str) -> str:
    """What is left to be understood by itself; "" for politeness."""
    left = words[_joined(words) :].strip()
    return "" if _POLITE.match(left.casefold()) or not re.search(r"\w", left) else left


def _joined(words: str) -> int:
    found = _JOIN.match(words.casefold())
    return found.end() if found else 0


def _value(word: str) -> float:
    return float(_NUMBER_WORDS[word] if word in _NUMBER_WORDS else word.replace(",", "."))


def _how_it_is(text: str, touch: Mapping[str, Any]) -> Reply | None:
    """To "is everything all right?" and the like."""
    if not set(_GOODS) & set(touch.get("replies") or ()):
        return None
    words = " ".join(text.casefold().replace("’", "'").split())
    if _A_BARE_NO.match(words):
        return Reply("trouble")
    if len(words.split()) > 12:
        return None
    if _NOTHING_WRONG.match(words) and re.search(r"\w|👍|😊|❤|🙂", words):
        return Reply("fine")
    if _NOT_YET.search(words) and "arriv" not in words and "receiv" not in words:
        return Reply("not_yet")
    return None
