"""Days that a customer's words speak of: "yesterday", "last Tuesday", "3rd of May", "12/11"."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = "january february march april may june july august september october november december"
_MONTH_NAMES = _MONTHS.split()
_DAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "three": 3, "few": 3, "four": 4,
    "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_UNIT_DAYS = {"day": 1, "week": 7, "fortnight": 14, "month": 30}

_COUNT = "|".join([r"\d{1,3}", *sorted(_NUMBERS, key=len, reverse=True)])
_AGO = re.compile(rf"\b(?:about |a )?({_COUNT}) (day|week|fortnight|month)s? (?:ago|back)\b")
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTH_NAMES)
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b")
_MONTH_DAY = re.compile(rf"\b({_MONTH}) (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\b")
_IN_MONTH = re.compile(rf"\b(?:in|during|of|since) ({_MONTH})\b")
_FIGURES = re.compile(r"\b(\d{1,2})[/.](\d{1,2})(?:[/.](?:20)?\d{2})?(?![\d/])")
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_WEEKDAY = re.compile(rf"\b({'|'.join(_DAY_NAMES)})\b")


@dataclass(frozen=True)
class Span:
    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


def spans_in(words: str, today: date) -> list[Span]:
    """All days that the words may mean; none of them after today."""
    text = " ".join(words.casefold().split())
    found = [*_relative(text, today), *_ago(text, today), *_named(text, today)]
    return [span for span in found if span.first <= today]


def _relative(text: str, today: date) -> list[Span]:
    monday = today - timedelta(days=today.weekday())
    said = {
        r"\b(?<!before )yesterday\b": (1, 1),
        r"\bday before yesterday\b": (2, 2),
        r"\b(?:today|this morning|just now)\b": (0, 0),
        r"\blast night\b": (1, 1),
        r"\bthis week\b": ((today - monday).days, 0),
        r"\blast week\b": ((today - monday).days + 7, (today - monday).days + 1),
        r"\b(?:the )?other day\b": (5, 1),
        r"\blast month\b": (60, 15),
        r"\b(?:last|over the) weekend\b": ((today - monday).days + 2, (today - monday).days + 1),
    }
    return [
        Span(today - timedelta(days=first), today - timedelta(days=last))
        for pattern, (first, last) in said.items()
        if re.search(pattern, text)
    ]


def _ago(text: str, today: date) -> list[Span]:
    found = []
    for count, unit in _AGO.findall(text):
        number = int(count) if count.isdigit() else _NUMBERS[count]
        days = number * _UNIT_DAYS[unit]
        slack = _UNIT_DAYS[unit] // 2  # "two weeks ago" is no exact day
        found.append(
            Span(today - timedelta(days=days + slack), today - timedelta(days=days - slack))
        )
    return found


def _named(text: str, today: date) -> list[Span]:
    found = [_on(today, int(day), _month(name)) for day, name in _DAY_MONTH.findall(text)]
    found += [_on(today, int(day), _month(name)) for name, day in _MONTH_DAY.findall(text)]
    for first, second in _FIGURES.findall(text):  # day first or month first: either may be meant
        found += [_on(today, int(first), int(second)), _on(today, int(second), int(first))]
    for year, month, day in _ISO.findall(text):
        found.append(_exact(int(year), int(month), int(day)))
    for name in _WEEKDAY.findall(text):
        back = (today.weekday() - _DAY_NAMES.index(name)) % 7 or 7
        found.append(Span(today - timedelta(days=back), today - timedelta(days=back)))
    found += [_whole_month(today, _month(name)) for name in _IN_MONTH.findall(text)]
    return [span for span in found if span is not None]


def _month(name: str) -> int:
    return next(n for n, full in enumerate(_MONTH_NAMES, 1) if full.startswith(name))


def _on(today: date, day: int, month: int) -> Span | None:
    """That day of this year, or of the last one if it is still to come."""
    this_year = _exact(today.year, month, day)
    if this_year is not None and this_year.first > today:
        return _exact(today.year - 1, month, day)
    return this_year


def _exact(year: int, month: int, day: int) -> Span | None:
    try:
        return Span(date(year, month, day), date(year, month, day))
    except ValueError:  # 31/11, 14.14.
        return None


def _whole_month(today: date, month: int) -> Span:
    year = today.year if month <= today.month else today.year - 1
    after = date(year + month // 12, month % 12 + 1, 1)
    return Span(date(year, month, 1), after - timedelta(days=1))
