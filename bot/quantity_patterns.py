"""How many pieces of goods are spoken of; times, people and questions are not counted."""

from __future__ import annotations

import re

from bot.found import NUMBER_WORDS, after, before, number, pattern

_NOT_GOODS = """
time day week wk month year hour hr hrs minute min mins second sec night morning evening
afternoon weekend fortnight kid child children people person man men woman women friend customer
agent colleague employee staff driver manager neighbour guy email mail call message text letter
question query reason problem issue complaint thing word way star point attempt try reply answer
excuse promise lie degree inch inche cm mm metre meter foot feet mile km gram kilo kg pound
dollar euro quid buck rupee cent penny percent step floor follower address account card code
number order parcel package delivery deliverie size option choice working business hand house
stop photo picture pic link page website app review chance idea line digit figure character
store shop country stage company refund payment charge transaction invoice watt volt level
screen piece seater ply side end moment bit reminder conversation chat phone-call apology
request visit trip appointment slot window month-old hundred thousand million pm am st nd rd th
shot mistake error fault hope wish condition detail fact note rule star-rating month's day's bar
lad carriage adviser advisor tweet place citie hold debit witness witnesse trial lot catalogue
fee rental till cab adult tier yr fold topic lesson elsewhere guest vegan bedroom room doctor
pupil member user device branch branche report case ticket gb mb tb g ml cl l litre liter acre
stone oz ounce lb
"""
_UNCOUNTED = frozenset(_NOT_GOODS.split())
_STOP = re.compile(
    r"(?:and|or|but|to|from|is|are|was|were|of|for|in|on|at|by|with|the|a|an|instead|not|came|come|"
    r"arrived|r|that|which|who|what|when|where|as|than|i|you|we|they|it|he|she|has|have|had|be|"
    r"been|please|pls|only|too|so|if|then|this|these|those|my|your|our|me|us|there|here|more|less|"
    r"got|does|did|do|can|will|would|should|works?|fits?|looks?|says?|seems?|goes|needs?|answers?|"
    r"cares?|knows?|asks?|calls?|ever|even|still|just|also|out|off|up|down|per|cent|percent)$"
)
_PLURAL = re.compile(r"[a-z'-]{2,}(?<!s)s$")  # "mugs"; "dress" is one
_NO_PLURAL = re.compile(r"(?:us|is|ous|ss)$")
_IRREGULAR = frozenset({"knives", "shelves", "scarves", "loaves", "glasses", "dresses", "boxes"})
_BOUGHT = re.compile(
    r"(?:\b(?:ordered|bought|got|received|sent|want|wanted|need|needed|make it|made it|paid for|"
    r"keep|return|returning|instead of|rather than|qty|quantity|only|missing|should be|take|buy)"
    r"\s*(?:is|was|[:=])?)\s*(?:me |back |only |just |all )*$"
)
_NOTHING_FOLLOWS = re.compile(
    r"\s*(?:$|[.!?;)]|,(?!\d)|\b(?:and|but|instead|not|only|came|arrived|are|were|r|please|pls|back|"
    r"broke|missing|too|by mistake)\b)"
)
_LONE_ONE = re.compile(
    r"(?:^|[.,;:!?]\s*|\b(?:just|only|got|received|sent|ordered|bought|missing|and|with|have|had|"
    r"least|for|just the|only the|return|keep|cancel|want|need|are|was)\s+)$"
)
_PART_OF = re.compile(
    rf"\s+(?:out\s+)?of\s+(?:(?:the|my|our|these|those|all|your)\s+)*"
    rf"(?P<rest>them|these|those|which|\d{{1,3}}\b|(?:{NUMBER_WORDS})\b|[a-z'-]+(?:\s+[a-z'-]+)?)?"
)
_OF_PEOPLE = re.compile(r"\s+of\s+(?:you|yous|youse|y'?all|ye|us|ours?elves)\b")  # "one of you"
_OF_A_PART = re.compile(
    rf"(?:\b\d{{1,3}}|\b(?:{NUMBER_WORDS}))\s+(?:out\s+)?of\s+(?:(?:the|my|our|these|those|all)\s+)*$"
)
_BOUGHT_ONE = re.compile(
    r"\b(?:ordered|paid for|instead of|only|make it|rather than)\s+(?:just |only )?$"
)
_MOST_ALONE = 30  # above it, a number without a noun is a size or something else
_NOT_COUNTING = re.compile(
    r"(?:^|\s)(?:no|any|some|every|this|that|which|each|number|no\.|nr|at)\s+$"
)
_IN_THE_BOX = re.compile(r"\s+(?:in|inside) the (?:box|parcel|package|bag|pack|carton)\b")
_AND = re.compile(r"(?:\band|\bonly|\bbut|[,;])\s+$")
_BROKE = re.compile(r"\s+(?:r|are|were|is|was|came|arrived|broke|missing|cracked|chipped)\b")
_UNITS = re.compile(r"\s*(?:x\b(?!\s*\d)|pcs?\b|units?\b|items?\b|pieces\b)", re.IGNORECASE)


def _goods(match: re.Match[str], text: str) -> str | None:
    value = number(match.group("value"))
    preceding, following = before(match, text), after(match, text).lower()
    if re.search(r"\b(?:rate|rating|score)\b", preceding):
        return None
    if _NOT_COUNTING.search(preceding) and not _LONE_ONE.search(preceding):
        return None
    if _UNITS.match(following):
        return value
    if _OF_A_PART.search(preceding):
        return None if _is_a_scale(value, preceding, following) else value
    if _OF_PEOPLE.match(following):
        return None
    part = _PART_OF.match(following)
    if part:
        return value if _is_part_of_goods(part) else None
    if (value != "1" or _LONE_ONE.search(preceding)) and _is_followed_by_goods(value, following):
        return value
    return (
        value if int(value) <= _MOST_ALONE and _stands_alone(value, preceding, following) else None
    )


def _is_a_scale(value: str, preceding: str, following: str) -> bool:
    """ "3 out of 5" is a mark; "3 out of 5 mugs" are pieces."""
    on_a_scale = value in ("5", "10") and preceding.rstrip().endswith("out of")
    return on_a_scale and _noun(re.findall(r"[a-z'-]+", following)[:2]) is None


def _stands_alone(value: str, preceding: str, following: str) -> bool:
    """ "ordered 4 and got 2", "and 2 were broken", "eleven in the box"."""
    bought = _BOUGHT_ONE if value == "1" else _BOUGHT  # "I never got one" counts nothing
    if bought.search(preceding) and _NOTHING_FOLLOWS.match(following):
        return True
    return bool(
        _IN_THE_BOX.match(following) or (_AND.search(preceding) and _BROKE.match(following))
    )


def _is_part_of_goods(part: re.Match[str]) -> bool:
    rest = part.group("rest")
    if rest is None or "your" in part.group().split():  # "one of your drivers"
        return False
    if rest in ("them", "these", "those", "which") or rest.split()[0].isdigit():
        return True
    if number(rest.split()[0]) != rest.split()[0]:
        return True
    return _noun(rest.split()) is not None


def _is_followed_by_goods(value: str, following: str) -> bool:
    words = re.match(r"\s+((?:[a-z'-]+[ \t]*){1,3})", following)
    if words is None:
        return False
    if value != "1":
        return _noun(words.group(1).split()) is not None
    first = words.group(1).split()[0]
    return (
        not _STOP.match(first)
        and not first.endswith(("ly", "ing", "ed"))
        and (not first.endswith("s") or first.endswith("ss"))
        and not any(_singular(word) in _UNCOUNTED for word in words.group(1).split()[:2])
    )


def _noun(words: list[str]) -> str | None:
    """The first plural, if it is one of goods: "blue mugs", "pairs of socks"."""
    for word in words:
        if _STOP.match(word) or _singular(word) in _UNCOUNTED or word in _UNCOUNTED:
            return None
        if word in _IRREGULAR or (_PLURAL.match(word) and not _NO_PLURAL.search(word)):
            return word
    return None


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") else word


def _both(match: re.Match[str], text: str) -> str | None:
    if _OF_PEOPLE.match(after(match, text).lower()):
        return None
    words = after(match, text).lower().split()
    if words[:1] == ["of"]:
        return "2"
    if words and words[0] in ("the", "my", "your", "these", "those", "our"):
        words = words[1:]
    return "2" if _noun([word.strip(".,!?") for word in words[:2]]) else None


def _dozen(match: re.Match[str], text: str) -> str | None:
    return "6" if "half" in match.group("value").lower() else "12"


QUANTITY_PATTERNS = (
    pattern("quantity", r"(?<![\w.,/-])x\s?(?P<value>\d{1,3})\b"),
    pattern("quantity", r"\b(?:qty|quantity)\s*(?:is|was|of|to|[:=])?\s*(?P<value>\d{1,3})\b"),
    pattern("quantity", r"\b(?P<value>both)\b", _both),
    pattern("quantity", r"\b(?P<value>(?:half )?(?:a )?dozen)(?=\s+[a-z]+s\b)", _dozen),
    pattern(
        "quantity",
        rf"(?<![\w.,/£€$₹#:-])(?P<value>\d{{1,3}}|{NUMBER_WORDS})(?![\w%°]*(?<!x)[\d%°]|[:/.,]\d|-)"
        r"(?=\W|x\b|pcs?\b|$)",
        _goods,
    ),
)  # fmt: skip
