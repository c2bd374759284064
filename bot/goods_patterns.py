"""Patterns of what is said of goods: price, rating, size, colour, and how many."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from bot.found import NUMBER_PHRASE, after, before, lower, number, pattern

# ---- amounts -----------------------------------------------------------------------------------
_CURRENCY = {
    "£": "GBP", "€": "EUR", "$": "USD", "₹": "INR", "¥": "JPY", "us$": "USD", "a$": "AUD",
    "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD", "pound": "GBP", "pounds": "GBP",
    "quid": "GBP", "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD",
    "buck": "USD", "bucks": "USD", "rupee": "INR", "rupees": "INR", "rs": "INR", "yen": "JPY",
    "kr": "SEK", "kronor": "SEK", "franc": "CHF", "francs": "CHF", "zloty": "PLN",
}  # fmt: skip
_CODES = "GBP|EUR|USD|INR|JPY|SEK|NOK|DKK|CHF|AUD|CAD|NZD|PLN"
_WORDS = "pounds?|quid|euros?|dollars?|bucks?|rupees?|yen|kronor|kr|francs?|zloty"
_NUMBER = (
    r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d{1,2})?|\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?|"
    r"\d{1,3}(?: \d{3})+|\d+(?:[.,]\d{1,2})?"
)
_WEIGHT = re.compile(r"\s+(?:heav|more than it|over ?weight)", re.IGNORECASE)


def _amount(match: re.Match[str], text: str) -> str | None:
    """The number with a point, then the currency's code: "49.00 GBP"."""
    unit = match.group("unit").strip(" .").lower()
    if unit.startswith("pound") and _WEIGHT.match(text, match.end()):
        return None
    return f"{_plain(match.group('value'))} {_CURRENCY.get(unit, unit.upper())}"


def _plain(written: str) -> str:
    if written[0].isalpha():
        return number(written)
    if re.search(r",\d{1,2}$", written):  # 49,90 and 1.250,00
        return written.replace(".", "").replace(",", ".")
    if re.search(r"\.\d{3}$", written):  # 1.250
        return written.replace(".", "")
    return written.replace(",", "").replace(" ", "")


def _pence(match: re.Match[str], text: str) -> str | None:
    return f"{Decimal(match.group('value')) / 100:.2f} GBP"


AMOUNT_PATTERNS = (
    pattern(
        "amount",
        rf"(?P<unit>(?:\b(?:US|AU?|CA?|NZ))?\$|[£€₹¥]|\b(?:{_CODES}|rs\.?)(?=[ \d]))\s?"
        rf"(?P<value>{_NUMBER})(?!\d)",
        _amount,
    ),
    pattern(
        "amount",
        rf"(?<![\w.,-])(?P<value>{_NUMBER}|{NUMBER_PHRASE})\s?(?P<unit>[£€$₹¥]|"
        rf"(?:{_CODES}|{_WORDS})\b)",
        _amount,
    ),
    pattern("amount", r"(?<![\w.,])(?P<value>\d{1,2})\s?(?:p|pence)\b", _pence),
)  # fmt: skip

# ---- ratings -----------------------------------------------------------------------------------
_PIECES = re.compile(
    r"\s+(?!stars?\b|was\b|is\b|this\b|as\b|plus\b)(?:of\b|[a-z]+s\b)", re.IGNORECASE
)
_ONE_TO_TEN = "one|two|three|four|five|six|seven|eight|nine|ten"


def _out_of(match: re.Match[str], text: str) -> str | None:
    """A rating on the scale of 1 to 5; "8 out of 10" is 4. "2 out of 5 mugs" is none."""
    if _PIECES.match(text, match.end()):
        return None
    score = Decimal(number(match.group("value")).replace(",", "."))
    scale = Decimal(number(match.group("scale")))
    return _in_five(score * 5 / scale) if score <= scale else None


def _stars(match: re.Match[str], text: str) -> str | None:
    said = match.group("value").lower().replace(",", ".")
    return _in_five(Decimal(0 if said in ("no", "zero") else number(said)))


def _in_five(score: Decimal) -> str | None:
    rounded = int(score.quantize(Decimal(1), ROUND_HALF_UP))
    return str(max(1, rounded)) if 0 <= rounded <= 5 else None


RATING_PATTERNS = (
    pattern(
        "rating",
        rf"(?<![\w.,/])(?P<value>\d{{1,2}}(?:[.,]5)?|(?:{_ONE_TO_TEN}))\s*(?:/|out of)\s*"
        r"(?P<scale>5|10|five|ten)(?![\w/])",
        _out_of,
    ),
    pattern(
        "rating",
        rf"(?<![/\w.,])(?P<value>[0-5](?:[.,]5)?|zero|{_ONE_TO_TEN})"
        r"(?:[ -]?(?:stars?\b(?!\s*shaped)|⭐|★)|\*(?!\w))",
        _stars,
    ),
    pattern(
        "rating",
        r"(?P<value>(?:⭐️?|★){1,5})",
        lambda match, text: str(len(re.findall("[⭐★]", match[0]))),
    ),
    pattern(
        "rating",
        r"\b(?:rate|rating|score|give (?:it|you|them|this|that))\s*"
        rf"(?:is|of|it|you|this|a|an|:|solid|only|just|\s)*(?P<value>[1-5]|{_ONE_TO_TEN})"
        r"(?![\w.,%/-]\w|\s*(?:%|percent|times?|days?|weeks?|chances?|reasons?|more|minutes?))",
        _stars,
    ),
    pattern(
        "rating", rf"\b(?:an?|solid)\s+(?P<value>[1-5]|{_ONE_TO_TEN})\s+from\s+(?:me|us)\b", _stars
    ),
)  # fmt: skip

# ---- sizes -------------------------------------------------------------------------------------
_HALF = r"(?:[.,]5|½)?"
_CLEAR_LETTERS = r"[2-6]xl|x{1,3}l|x{1,3}s"  # nothing else is written so
_IN_WORDS = r"extra[ -](?:small|large)|small|medium|large"
_LETTER = rf"{_CLEAR_LETTERS}|[sml]|{_IN_WORDS}"
_CLOTHES_NUMBER = r"(?:2[89]|3\d|4\d)"
_SHOE = rf"(?:3[4-9]|4[0-8]){_HALF}"
_REGION = r"(?:uk|eu|us)"
_INTO = r"\b(?:in|an?|to|the|into|for|need|want|get|is|was|be)\s+(?:an?\s+)?"
# Of figures: "for 39" is a price, "ends in 42" a card, "I'm 34" an age, "it is 39" anything.
_INTO_FIGURE = r"(?<!ending )(?<!ends )(?<!end )\b(?:(?:in|an|to|into)\s+(?:an?\s+)?|a\s+)"
_ENDS = (
    r"(?=\s*(?:$|[!?;)]|[.,](?!\d)|"
    r"\b(?:size|ones?|instead|please|pls|and|or|but|not|if|is|was|would)\b))"
)
_BARE = r"(?<![\w.,£€$₹/-])"
_BOUGHT = (
    r"\b(?:ordered|order|got|sent|received|need|want|wanted|wear|take|usually|normally|"
    r"came|exchange|swap|change|to|not|or|than)\s+(?:me\s+|an?\s+|the\s+|my\s+)?"
)


def _letter(match: re.Match[str], text: str) -> str | None:
    """A single capital S, M or L, where something is worn or wanted; "L is for" is no size."""
    return None if re.match(r"\s+is\s+for\b|['’&]", after(match, text, 12)) else lower(match, text)


SIZE_PATTERNS = (
    pattern(
        "size",
        rf"\b(?:{_REGION}\s*)?size(?:[sd]\b|(?![a-z]))\s*(?:is|was|an?|of|[:=])?\s*(?:{_REGION}\s*)?"
        rf"(?P<value>\d{{2}}-\d{{2}}|(?:{_LETTER}|one[ -]size)|\d{{1,2}}{_HALF})"
        r"(?![\w½]|[.,]\d)",
        lower,
    ),
    pattern("size", r"(?<![\w.,/-])(?P<value>3[4-9]-(?:3|4)\d|4\d-4\d)(?![\w/-])"),
    pattern("size", rf"\b{_REGION}\s?(?P<value>\d{{1,2}}{_HALF})(?![\w½])", lower),
    pattern(
        "size", rf"(?<![\w.,])(?P<value>\d{{1,2}}{_HALF})(?=\s+(?:in\s+)?{_REGION}\b)", lower
    ),
    pattern("size", rf"(?<![\w-])(?P<value>{_CLEAR_LETTERS})(?![\w-])", lower),
    pattern("size", r"(?<=\bone )(?P<value>\d{2})(?=\s+size)"),
    pattern("size", rf"{_INTO}(?P<value>{_LETTER}){_ENDS}", _letter),
    pattern("size", rf"^\s*(?P<value>{_LETTER})\s*[.!?]*\s*$", lower),
    # Written as a capital, beside what is said of clothes: "M is too small", "ordered L, got M".
    pattern(
        "size",
        r"(?:(?i:\b(?:ordered|got|sent|received|need|want|wanted|wear|take|in|an?|the|me|not|or|"
        r"usually|for|to|of|than)\s+)|^)(?P<value>[SML])(?![\w'’&]|[.-]\w)",
        _letter,
        flags=0,
    ),
    pattern(
        "size",
        r"(?<![\w'’&-])(?P<value>[SML])(?=\s+(?:size|instead|please)\b)",
        _letter,
        flags=0,
    ),
    pattern("size", rf"{_INTO_FIGURE}(?P<value>{_SHOE}){_ENDS}"),
    pattern("size", rf"{_BOUGHT}(?P<value>{_SHOE})(?:s\b)?{_ENDS}"),
    pattern("size", rf"{_BARE}(?P<value>{_SHOE})(?=s?\s+(?:instead of|not|rather than)\s)"),
    pattern(
        "size",
        r"\b(?:instead of|rather than|not)\s+(?:an?\s+|the\s+)?"
        rf"(?P<value>{_SHOE})(?:s\b)?{_ENDS}",
    ),
    pattern("size", rf"{_BARE}(?P<value>{_SHOE})(?=\s+for\s+(?:an?\s+)?{_SHOE}\b)"),
    pattern("size", rf"{_BARE}(?P<value>{_SHOE})(?=s\b)"),
    pattern(
        "size",
        rf"\b(?:swap|exchange|change|switch)\s+(?:\w+\s+){{0,2}}(?P<value>\d{{1,2}}{_HALF})(?=\s+(?:for|to|into)\s)",
    ),
    pattern(
        "size",
        rf"\b(?:my|the|an?)\s+\d{{1,2}}{_HALF}\s+(?:for|to|into)\s+(?:an?\s+)?"
        rf"(?P<value>\d{{1,2}}{_HALF}){_ENDS}",
    ),
    pattern(
        "size",
        r"\b(?P<value>single|double|king|queen)(?=\s+(?:bed|duvet|sheet|mattress|size|set))",
        lower,
    ),
)  # fmt: skip

# ---- colours -----------------------------------------------------------------------------------
_SLIPS = {
    "yelow": "yellow", "yello": "yellow", "turqoise": "turquoise", "turquiose": "turquoise",
    "turquois": "turquoise", "purpel": "purple", "purpal": "purple", "burgandy": "burgundy",
    "bergundy": "burgundy", "biege": "beige", "beije": "beige", "kaki": "khaki", "kahki": "khaki",
    "bule": "blue", "balck": "black", "blak": "black", "wite": "white", "whtie": "white",
    "grean": "green", "orang": "orange", "maroom": "maroon", "magneta": "magenta", "pnik": "pink",
}  # fmt: skip
_PLAIN = (
    r"black|white|off[ -]white|ivory|beige|tan|brown|grey|gray|charcoal|silver|"
    r"(?:navy|light|dark|sky|royal|baby|pale|deep|bright|midnight|powder) blue|navy|blue|teal|"
    r"turquoise|aqua|cyan|(?:light|dark|olive|forest|bottle|mint|sage|lime|bright) green|green|"
    r"khaki|yellow|(?:light|dark|hot|pale|baby|dusty) pink|pink|(?:dark|bright|wine) red|red|"
    r"(?:light|dark) (?:brown|gr[ea]y|purple)|burgundy|maroon|magenta|purple|lilac|indigo|"
    r"fuchsia|multi-?colou?r(?:ed)?|"
) + "|".join(_SLIPS)
# Colours that are as often food, wood, metal, a plant or a person.
_ALSO_THINGS = (
    "cream|sand|camel|chocolate|gold|olive|mint|sage|mustard|orange|rust|coral|peach|rose|wine|"
    "lavender|violet|plum|steel|brass|oak|walnut|slate|copper|bronze|aubergine|salmon"
)
_NOT_A_COLOUR_AFTER = re.compile(
    r"\b(?:see(?:ing)?|saw|make (?:me|you) see|out of the|feel(?:ing)?|felt|mr|mrs|ms|miss|dr|"
    r"once in a|in the|pitch)\s+$"
)
_NOT_A_COLOUR_BEFORE = re.compile(
    r"[\s-]*(?:friday|lies?|area|tape|tea|goods|member(?:ship)?|market|flags?|mail|list(?:ed)?|"
    r"party|cross|noise|hot|moon|darts?|lights?|holes?|rice|levels?|status|tier|juices?|jam|jams|glass(?:es)?|cakes?|muffins?|cookies?|biscuits?|"
    r"bars?|chips?|buns?|bread|sauces?|spread|milk|eggs?|oil|cheese|seeds?|butter|ice|tart|pie|"
    r"coffee|wine|pepper|beans|onions?|cabbage|fillets?|leaves|peel|tree|card|standard|medal|"
    r"street|road|lane|house|bull|smoothies?|yoghurt|yogurt|brûlée|puff|filling|flavou?r)\b"
)
_IS_GOODS = re.compile(
    r"\s*(?:$|[.,!?;:)]|\b(?:one|ones|colou?r(?:ed)?|version|pair|instead|please|pls|not|or|and|is|"
    r"was|in|but|than|rather|lamp|pan|kettle|toaster|jacket|dress|shirt|jumper|hoodie|scarf|bag|"
    r"sofa|chair|table|rug|towels?|bedding|blanket|slippers?|shoes?|boots?|trainers?|sandals?|"
    r"trousers|jeans|coat|top|skirt|curtains?|plates?|mugs?|clock|radio|socks?|hat|gloves|frame|"
    r"cushions?|pots?|t-?shirt|tee|sweater|watch|ring|necklace|phone|case|cover)\b)"
)


def _colour(match: re.Match[str], text: str) -> str | None:
    said = lower(match, text) or ""
    preceding, following = before(match, text), after(match, text).lower()
    if _NOT_A_COLOUR_AFTER.search(preceding) or _NOT_A_COLOUR_BEFORE.match(following):
        return None
    return _SLIPS.get(said, said)


def _colour_of_goods(match: re.Match[str], text: str) -> str | None:
    """One that is something else too: only alone, beside goods, or where a colour is chosen."""
    written = match.group("value")
    if written[0].isupper() and not written.isupper() and match.start("value") > 0:
        return None  # Rose, Violet
    following = after(match, text).lower()
    if written[0].isupper() and not re.match(r"\s*(?:$|[.,!?]|one\b|please|pls)", following):
        return None
    return _colour(match, text) if _IS_GOODS.match(following) else None


COLOUR_PATTERNS = (
    pattern("colour", rf"(?<![\w-])(?P<value>{_PLAIN})(?![\w-])", _colour),
    pattern("colour", rf"(?<![\w-])(?P<value>{_ALSO_THINGS})(?![\w-])", _colour_of_goods),
)
