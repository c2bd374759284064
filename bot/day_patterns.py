"""Patterns of days in words and figures. They stay as the customer wrote them.

Only the application knows the customer's today; it resolves them (careline.service.said_dates).
"""

from __future__ import annotations

import re

from bot.found import lower, pattern, whole

_LONG = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_SHORT = r"(?:mon|tues?|weds?|thurs?|thur?s?|fri|sat|sun)"
_DAY = rf"(?:{_LONG}|{_SHORT})"
# Short days that are no other word; "sat" and "sun" are, and need a word before them.
_CLEAR = rf"(?:{_LONG}|tues|weds|thurs)"
_SHORT_MONTHS = r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_LONG_MONTHS = (
    r"january|february|march|april|may|june|july|august|september|october|november|december"
)
_MONTH = rf"(?:{_LONG_MONTHS}|{_SHORT_MONTHS})"
_TH = r"(?:st|nd|rd|th)"
_UNIT = r"(?:days?|weeks?|wks?|months?|years?|yrs?|fortnights?)"
_COUNT = (
    r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a few|few|a couple(?: of)?|"
    r"couple(?: of)?|several|half an?)"
)
_FEASTS = (
    r"christmas(?: eve| day)?|xmas|easter|black friday|cyber monday|new year(?:'s)?(?: eve| day)?|"
    r"thanksgiving|halloween|diwali|eid|ramadan|valentine'?s(?: day)?|mother'?s day|father'?s day"
)
_YESTERDAY = r"yesterday|yesturday|yestarday|yesterda|ystrday|yday"


def _figures(match: re.Match[str], text: str) -> str | None:
    """ "3/4 of the plates" is a part of them, "9.5 out of 10" no day."""
    following = text[match.end("value") : match.end("value") + 20].lower()
    return None if re.match(r"\s+(?:out\s+)?of\b|\s*(?:%|stars?\b)", following) else match["value"]


DAY_PATTERNS = (
    pattern(
        "date",
        r"(?<![\d/.-])(?P<value>\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|"
        r"(?!24/7)(?:0?[1-9]|[12]\d|3[01])/(?:1[12]|0[1-9]|[1-46-9]))(?![\d/])",
        _figures,
    ),
    # "8/10" alone is a rating more often than a day in October.
    pattern(
        "date",
        r"\b(?:on|since|by|from|until|till|before|after|dated?)\s+(?:the\s+)?"
        r"(?P<value>(?:0?[1-9]|[12]\d|3[01])/(?:10|5))(?![\d/])",
        _figures,
    ),
    pattern(
        "date",
        rf"\b(?P<value>(?:{_DAY},?\s+)?(?:the\s+)?\d{{1,2}}\s?{_TH}?\s+(?:of\s+)?{_MONTH}\b"
        rf"(?:,?\s+20\d\d)?|(?:{_DAY},?\s+)?{_MONTH}\.?\s+(?:the\s+)?\d{{1,2}}{_TH}?(?![\d:])"
        rf"(?:,?\s+20\d\d)?|{_MONTH}\s+20\d\d)\b",
        lower,
    ),
    pattern(
        "date",
        rf"\b(?P<value>(?:the )?day before yesterday|day after tomorrow|{_YESTERDAY}|today|"
        r"tonight|tomorrow|tmrw|tomorow|this (?:morning|afternoon|evening|week|month|weekend)|"
        r"last night|(?:the )?other (?:day|week)|"
        rf"(?:last|this|next|coming)\s+{_DAY}(?:\s+(?:last|this|next) week)?|"
        rf"{_CLEAR}(?:\s+(?:last|this|next) week)?|"
        rf"(?:last|next|past) (?:week|weekend|month|year|{_LONG_MONTHS})|"
        r"(?:at the|over the|on the|by the|this|the) weekend|"
        rf"{_COUNT}\s+{_UNIT}\s+(?:ago|back)|{_FEASTS})\b",
        lower,
    ),
    pattern(
        "date",
        r"\b(?:on|by|since|until|from|before)\s+"
        rf"(?P<value>{_DAY}(?:\s+(?:last|this|next) week)?)\b",
        lower,
    ),
    pattern(
        "date",
        rf"\b(?:in|during|since|until|till|of|early|late|mid|end of|back in)[\s-]+"
        rf"(?P<value>{_LONG_MONTHS})\b(?!\s+\d)",
        lower,
    ),
    pattern(
        "date",
        rf"\b(?:on|by|since|until|till|before|from)\s+the\s+(?P<value>\d{{1,2}}{_TH})\b"
        r"(?!\s+(?:floor|time|day|email|item|order|parcel|attempt|one)\b)",
        whole,
    ),
)  # fmt: skip
