"""Take out of a message what nobody should keep: card numbers, passwords, one-time codes.

Pure. What is masked is never stored, logged or passed on; the rest stays as written.
"""

import re

MASK = "••••"
CODE_MASK = "••••••"

# 13 to 19 digits with single spaces or hyphens between them, as cards are written.
_CARD = re.compile(r"(?<![\w-])\d(?:[ \-\u00a0]?\d){12,18}(?![\w-])")
_CARD_CHECK_DIGITS = re.compile(
    r"\b(cvv2?|cvc2?|security code|card code)\b(\s*(?:is|was|:|=|-)?\s*)(\d{3,4})\b", re.I
)
_PASSWORD = re.compile(
    r"\b(pass\s?word|passwd|pwd|pass\s?code|pin)\b"
    r"(\s*(?:is|was|:|=)\s*)(\"[^\"]+\"|'[^']+'|\S+)",
    re.I,
)
# Said about a password rather than saying one.
_NOT_A_PASSWORD = re.compile(
    r"^(?:not|wrong|incorrect|invalid|rejected|refused|always|never|no|still|being|the|a|an|"
    r"it|my|too|correct|right|reset|expired|forgotten|lost|broken|working|required|changed|"
    r"saved|accepted|gone|different|blocked|locked|weak|old|new)\b",
    re.I,
)
# Order numbers of other shops that a card's check digit may fit by chance.
_LONG_ORDER_NUMBER = re.compile(r"\d{3}-\d{7}-\d{7}")
# With a code awaited: six to eight digits anywhere, four as the whole message. Five are an
# order number, which the assistant needs.
_CODE = re.compile(r"(?<!\d)\d{6,8}(?!\d)|(?<!\d)\d{3}[ \-]\d{3}(?!\d)|^\s*\d{4}\s*$")
_SIX_DIGITS = re.compile(r"(?<![\w#-])(\d{3})[ \-]?(\d{3})(?![\w-])")


def mask(text: str, *, code_awaited: bool = False) -> str:
    """The text as it may be kept; with a code awaited, short runs of digits go too."""
    text = _CARD.sub(_mask_card, text)
    text = _CARD_CHECK_DIGITS.sub(lambda m: f"{m[1]}{m[2]}{MASK}", text)
    text = _PASSWORD.sub(_mask_password, text)
    return _CODE.sub(CODE_MASK, text) if code_awaited else text


def code_in(text: str) -> str | None:
    """The six digits of a one-time code, if the text holds exactly one such number."""
    found = {a + b for a, b in _SIX_DIGITS.findall(text)}
    return found.pop() if len(found) == 1 else None


def _mask_card(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    if _LONG_ORDER_NUMBER.fullmatch(match[0]):
        return match[0]
    return f"{MASK} {digits[-4:]}" if _is_luhn_valid(digits) else match[0]


def _mask_password(match: re.Match[str]) -> str:
    if _NOT_A_PASSWORD.match(match[3]):
        return match[0]
    return f"{match[1]}{match[2]}{MASK}"


def _is_luhn_valid(digits: str) -> bool:
    """The check that card numbers pass and other long numbers mostly do not (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and len(set(digits)) > 1
