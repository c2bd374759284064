"""The checked patterns: order numbers, e-mail, phone, amounts, sizes, colours, dates and so on.

Pure: text in, finds out. Values are made plain (order number without '#', e-mail in lower case);
dates stay as the customer wrote them, since only the application knows the customer's today.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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


def _whole(match: re.Match[str], text: str) -> str | None:
    return " ".join((match.group("value") or "").split())


def _lower(match: re.Match[str], text: str) -> str | None:
    return (_whole(match, text) or "").lower()


def _pattern(entity: str, expression: str, check: Check = _whole) -> Pattern:
    return Pattern(entity, re.compile(expression, re.IGNORECASE), check)


def _phone(match: re.Match[str], text: str) -> str | None:
    """Nine to fifteen digits (E.164), or seven if it starts like a dialled number."""
    written = match.group("value")
    digits = re.sub(r"\D", "", written)
    dialled = written.startswith(("+", "0", "("))
    if not (9 if not dialled else 7) <= len(digits) <= 15:
        return None
    return ("+" if written.startswith("+") else "") + digits


_CURRENCY = {
    "£": "GBP", "€": "EUR", "$": "USD", "₹": "INR", "¥": "JPY",
    "pound": "GBP", "pounds": "GBP", "quid": "GBP", "euro": "EUR", "euros": "EUR",
    "dollar": "USD", "dollars": "USD", "bucks": "USD", "rupee": "INR", "rupees": "INR",
    "rs": "INR", "kr": "SEK",
}  # fmt: skip
_CODES = "GBP|EUR|USD|INR|JPY|SEK|NOK|DKK|CHF|AUD|CAD|NZD|PLN"
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?"


def _amount(match: re.Match[str], text: str) -> str | None:
    """The number with a point, then the currency's code: "49.00 GBP"."""
    number, unit = match.group("value"), match.group("unit").strip(" .").lower()
    if re.fullmatch(r"\d+,\d{1,2}", number):  # 49,90 €
        number = number.replace(",", ".")
    return f"{number.replace(',', '')} {_CURRENCY.get(unit, unit.upper())}"


_COUNTS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "both": "2", "a pair": "1", "a couple": "2",
    "dozen": "12", "a dozen": "12",
}  # fmt: skip
_COUNT_WORDS = "|".join(sorted(_COUNTS, key=len, reverse=True))
_STARS = "|".join(list(_COUNTS)[:10])


def _count(match: re.Match[str], text: str) -> str | None:
    said = (_lower(match, text) or "").strip()
    return _COUNTS.get(said, said)


def _out_of(match: re.Match[str], text: str) -> str | None:
    """A rating on the scale of 1 to 5; "8 out of 10" is 4."""
    said = match.group("value").lower()
    score = float(_COUNTS.get(said, said).replace(",", "."))
    scale = float(match.group("scale"))
    if not 0 <= score <= scale:
        return None
    return str(max(1, min(5, round(score * 5 / scale))))


_LETTER_SIZE = r"[2-6]?x{0,3}[sl]|m|small|medium|large|extra[ -](?:small|large)"
_SIZE = rf"(?:{_LETTER_SIZE}|one[ -]size|\d{{1,2}}(?:[.,]5|½)?)"
_SHOE_SIZE = r"3\d|4\d(?:[.,]5|½)?"
_INTO = r"\b(?:in|an?|to|the|into|for)\s+(?:an?\s+)?"
_COLOURS = (
    "black|white|off[ -]white|ivory|cream|beige|sand|camel|tan|brown|chocolate|grey|gray|charcoal|"
    "silver|gold|navy(?: blue)?|(?:light|dark|sky|royal|baby|pale) blue|blue|teal|turquoise|aqua|"
    "(?:light|dark|olive|forest|bottle|mint) green|green|olive|khaki|mint|sage|yellow|mustard|"
    "orange|rust|coral|peach|pink|rose|red|burgundy|maroon|wine|purple|lilac|lavender|violet|"
    "plum|multicolou?red"
)
_DAYS = r"(?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:day)?"
_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAYS_LONG = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"

# Most trusted first: of two finds that overlap, the earlier kind here wins.
PATTERNS: tuple[Pattern, ...] = (
    _pattern(
        "email",
        r"(?<![\w.+-])(?P<value>[\w.+-]+@[a-z\d-]+(?:\.[a-z\d-]+)+)(?![\w@])",
        _lower,
    ),
    _pattern(
        "postcode",
        r"\b(?P<value>(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKSTUW]|"
        r"[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2}))\b",
        lambda match, text: " ".join(match.group("value").upper().split()),
    ),
    _pattern(
        "postcode",
        r"\b(?:post ?code|zip(?: ?code)?|postal code|plz)\s*(?:is|:|to)?\s*"
        r"(?P<value>\d{5}(?:-\d{4})?|\d{4} ?[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d|\d{4,6})\b",
        lambda match, text: match.group("value").upper(),
    ),
    _pattern("order_number", r"(?<![\w-])#?(?P<value>\d{3}-\d{7}-\d{7})(?![\w-])"),
    _pattern(
        "order_number",
        r"(?<![\w-])#?(?P<value>[A-Z]{2,4}-\d{4,8})(?![\w-])",
        lambda match, text: match.group("value").upper(),
    ),
    # Our own numbers: five digits that start with a 1; a code of six digits is another thing.
    _pattern("order_number", r"(?<![\w.,£€$₹+-])#?(?P<value>1\d{4})(?![\w-]|[.,]\d)"),
    _pattern(
        "order_number",
        r"\b(?:order|ord|bestell(?:ung|nummer)?)\s*(?:number|num|no|nr|id|ref(?:erence)?)?\s*"
        r"(?:is|was|[:.#])*\s*#?(?P<value>[A-Z]{0,4}-?\d{5,12})(?![\w-]|[.,]\d)",
        lambda match, text: match.group("value").upper(),
    ),
    _pattern("order_number", r"(?<!\w)#(?P<value>\d{5,12})(?![\w-])"),
    _pattern(
        "amount",
        rf"(?P<unit>[£€$₹¥]|\b(?:{_CODES}|rs\.?)(?=[ \d]))\s?(?P<value>{_NUMBER})",
        _amount,
    ),
    _pattern(
        "amount",
        rf"(?<![\w.,])(?P<value>{_NUMBER})\s?(?P<unit>[£€$₹¥]|(?:{_CODES}|pounds?|quid|euros?|"
        rf"dollars?|bucks|rupees?|kr)\b)",
        _amount,
    ),
    _pattern(
        "date",
        r"(?<![\d/.-])(?P<value>\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|"
        r"(?!24/7)(?:0?[1-9]|[12]\d|3[01])/(?:1[12]|0[1-9]|[1-46-9]))(?![\d/])",
    ),
    # "8/10" alone is a rating more often than a day in October.
    _pattern(
        "date",
        r"\b(?:on|since|by|from|until|till|before|after|dated?)\s+(?:the\s+)?"
        r"(?P<value>(?:0?[1-9]|[12]\d|3[01])/(?:10|5))(?![\d/])",
    ),
    _pattern(
        "date",
        rf"\b(?P<value>(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}(?:\s+\d{{4}})?"
        rf"|{_MONTHS}\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?)\b",
        _lower,
    ),
    _pattern(
        "date",
        rf"\b(?P<value>the day before yesterday|day after tomorrow|yesterday|today|tonight|tomorrow"
        rf"|this (?:morning|afternoon|evening|week|month)|last night"
        rf"|(?:last|this|next|on)\s+(?:{_DAYS_LONG}|{_DAYS})|{_DAYS_LONG}"
        rf"|(?:last|next) (?:week|weekend|month|year)"
        rf"|(?:\d{{1,2}}|a|an|one|two|three|four|five|six|seven|a few|a couple(?: of)?)\s+"
        rf"(?:days?|weeks?|months?|years?)\s+ago)\b",
        _lower,
    ),
    _pattern(
        "rating",
        r"(?<![\w.,])(?P<value>\d{1,2}(?:[.,]5)?)\s*(?:/|out of)\s*(?P<scale>5|10)(?![\w/])",
        _out_of,
    ),
    _pattern(
        "rating",
        rf"(?<![/\w.,])(?P<value>[0-5]|{_STARS})[ -]?(?:stars?|⭐|★)(?P<scale>)",
        lambda match, text: _in_five(match.group("value")),
    ),
    _pattern(
        "rating",
        r"(?P<value>(?:⭐️?|★){1,5})",
        lambda match, text: str(len(re.findall("[⭐★]", match[0]))),
    ),
    _pattern(
        "rating",
        r"\b(?:rate|rating|score|give (?:it|you|them|this))\s*(?:is|of|it|you|this|a|:)*\s*"
        r"(?P<value>[1-5])(?![\w.,%/-])",
    ),
    # An optional sign, then digits in groups; checked for length.
    _pattern("phone", r"(?<![\w/.#-])(?P<value>\+?\(?\d[\d ().-]{5,18}\d)(?![\w/-])", _phone),
    _pattern(
        "size",
        rf"\b(?:(?:uk|eu|us)\s*)?size\s*(?:is|was|a|an|:|of)?\s*(?:(?:uk|eu|us)\s*)?(?P<value>{_SIZE})(?![\w.,]\w|\w)",
        _lower,
    ),
    _pattern("size", r"\b(?:uk|eu|us)\s?(?P<value>\d{1,2}(?:[.,]5|½)?)(?![\w])", _lower),
    _pattern(
        "size",
        rf"{_INTO}(?P<value>{_LETTER_SIZE})"
        r"(?=\s*(?:$|[.,!?;]|\b(?:size|one|instead|please|pls|and|or)\b))",
        _lower,
    ),
    _pattern("size", rf"^\s*(?P<value>{_LETTER_SIZE})\s*[.!?]*\s*$", _lower),
    _pattern(
        "size",
        rf"{_INTO}(?P<value>{_SHOE_SIZE})(?=\s*(?:$|[!?;]|[.,](?!\d)|\b(?:instead|please|pls)\b))",
    ),
    _pattern("colour", rf"\b(?P<value>{_COLOURS})\b", _lower),
    _pattern(
        "quantity",
        rf"(?<![\w.,/-])(?P<value>\d{{1,3}}|{_COUNT_WORDS})\s*(?:x\b|pcs?\b|pieces?\b|items?\b|"
        rf"pairs?\b|units?\b|boxes\b|packs?\b|of (?:them|these|those|the)\b)",
        _count,
    ),
    _pattern("quantity", r"(?<![\w.,/-])x\s?(?P<value>\d{1,3})\b"),
)  # fmt: skip


def _in_five(said: str) -> str | None:
    score = _COUNTS.get(said.lower(), said)
    return score if score.isdigit() and 1 <= int(score) <= 5 else None


def find(text: str) -> list[Found]:
    """All finds, in the order of the text, no two overlapping."""
    kept: list[Found] = []
    for found in _candidates(text):
        if all(found.end <= other.start or found.start >= other.end for other in kept):
            kept.append(found)
    return sorted(kept, key=lambda found: found.start)


def _candidates(text: str) -> Iterator[Found]:
    for pattern in PATTERNS:
        for match in pattern.expression.finditer(text):
            value = pattern.check(match, text)
            if value:
                yield Found(pattern.entity, value, match.start("value"), match.end("value"))
