"""Days that a customer's words speak of: "yesterday", "last Tuesday", "3rd of May", "12/11".

Each kind is read in turn and what it read is taken out of the text, so that the Wednesday of
"Wednesday last week" is not this week's, and the 5 of "12.5 euros" is nobody's May.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = "january february march april may june july august september october november december"
_MONTH_NAMES = _MONTHS.split()
_DAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "couple": 2, "three": 3, "few": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_UNIT_DAYS = {
    "day": 1, "week": 7, "wk": 7, "fortnight": 14, "month": 30, "mth": 30, "year": 365, "yr": 365,
}  # fmt: skip
_YEAR_SLACK = 30  # days around "a year ago"
_SLIPS = {
    "yesturday": "yesterday", "yestarday": "yesterday", "yesterda": "yesterday",
    "ystrday": "yesterday", "yday": "yesterday", "tuseday": "tuesday", "teusday": "tuesday",
    "tusday": "tuesday", "wensday": "wednesday", "wednsday": "wednesday", "wendsday": "wednesday",
    "thrusday": "thursday", "thursay": "thursday", "firday": "friday", "saterday": "saturday",
    "satuday": "saturday", "febuary": "february", "feburary": "february", "septembre": "september",
    "novemeber": "november", "novembre": "november", "decemeber": "december",
    "octomber": "october",
}  # fmt: skip

_COUNT = "|".join([r"\d{1,3}", *sorted(_NUMBERS, key=len, reverse=True)])
_UNIT = "|".join(_UNIT_DAYS)
_MONTH = "|".join(f"{name}|{name[:4]}|{name[:3]}" for name in _MONTH_NAMES)
_FULL_MONTH = "|".join(_MONTH_NAMES)
_TH = "(?:st|nd|rd|th)"
_YEAR = r"(?:,? (20\d\d)\b)?"
_LONG_DAY = "|".join(_DAY_NAMES)
# Short forms that are no other word; "sat", "sun" and "wed" need a word before them.
_CLEAR_DAY = f"{_LONG_DAY}|tues|weds|thurs?"
_ANY_DAY = f"{_CLEAR_DAY}|mon|tue|wed|thu|fri|sat|sun"
_BESIDE = rf"(?:(?:{_ANY_DAY}),? (?:the )?)?"  # "Friday 13 November"
_ON = r"(?:on|since|by|from|until|till|before|after|dated|delivered|arrived|came|ordered|placed)"
# What follows a number that is no day: "3/4 of the plates", "12.5 euros".
_NO_DAY = (
    r"(?! ?(?:out )?of\b| ?(?:%|£|€|\$|stars?\b|euros?\b|pounds?\b|quid\b|dollars?\b|eur\b|gbp\b))"
)
_NO_PRICE = r"(?<![\w£€$₹.,/:-])(?<!\b(?:uk|eu|us) )(?<!size )"
_ORDINAL_OF_OTHERS = r"(?! (?:floor|time|day|email|item|order|parcel|attempt|one|week|month)\b)"


@dataclass(frozen=True)
class Span:
    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


_Read = Callable[["re.Match[str]", date], "list[Span | None]"]


def spans_in(words: str, today: date) -> list[Span]:
    """All days that the words may mean; none of them after today."""
    text = _SLIP.sub(lambda slip: _SLIPS[slip.group()], " ".join(words.casefold().split()))
    found: list[Span | None] = []
    for expression, read in _READERS:
        for match in expression.finditer(text):
            found += read(match, today)
        text = expression.sub(" ; ", text)
    return [span for span in found if span is not None and span.first <= today]


def _to_come(match: re.Match[str], today: date) -> list[Span | None]:
    return []


def _iso(match: re.Match[str], today: date) -> list[Span | None]:
    return [_exact(*(int(part) for part in match.groups()))]


def _day_month(match: re.Match[str], today: date) -> list[Span | None]:
    day, name, year = match.groups()
    return [_on(today, int(day), _month(name), year)]


def _month_day(match: re.Match[str], today: date) -> list[Span | None]:
    name, day, year = match.groups()
    return [_on(today, int(day), _month(name), year)]


def _figures(match: re.Match[str], today: date) -> list[Span | None]:
    """Day first or month first: either may be meant."""
    first, second, year = int(match["first"]), int(match["second"]), match["year"]
    full = f"20{year[-2:]}" if year else None
    either = {(first, second), (second, first)}
    return [_on(today, day, month, full) for day, month in sorted(either)]


def _ago(match: re.Match[str], today: date) -> list[Span | None]:
    count, unit = match["count"], match["unit"]
    number = float(count) if count.isdigit() else float(_NUMBERS[count])
    if match["half"]:
        number /= 2
    days = round(number * _UNIT_DAYS[unit])
    slack = min(_UNIT_DAYS[unit] // 2, _YEAR_SLACK)  # "two weeks ago" is no exact day
    return [_back(today, days + slack, days - slack)]


def _weekday_last_week(match: re.Match[str], today: date) -> list[Span | None]:
    back = today.weekday() - _weekday(match["day"]) + 7
    return [_back(today, back, back)]


def _weekday_before(match: re.Match[str], today: date) -> list[Span | None]:
    back = (today.weekday() - _weekday(match["day"])) % 7 or 7
    return [_back(today, back, back)]


def _in_month(match: re.Match[str], today: date) -> list[Span | None]:
    return [_whole_month(today, _month(match["month"]), match["year"])]


def _of_this_month(match: re.Match[str], today: date) -> list[Span | None]:
    """ "The 9th": of this month, or of the last one if it is still to come."""
    day, first = int(match["day"]), today.replace(day=1)
    this = _exact(today.year, today.month, day)
    if this is not None and this.first <= today:
        return [this]
    before = first - timedelta(days=1)
    return [None if match["ahead"] else _exact(before.year, before.month, day)]


def _since_monday(before: int, first: int, last: int) -> _Read:
    """From `first` to `last` days after the Monday that is `before` weeks ago; not after today."""

    def read(match: re.Match[str], today: date) -> list[Span | None]:
        monday = today - timedelta(days=today.weekday() + 7 * before)
        return [Span(monday + timedelta(days=first), min(today, monday + timedelta(days=last)))]

    return read


def _days_back(first: int, last: int) -> _Read:
    return lambda match, today: [_back(today, first, last)]


def _last_year(match: re.Match[str], today: date) -> list[Span | None]:
    return [Span(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))]


def _back(today: date, first: int, last: int) -> Span:
    return Span(today - timedelta(days=first), today - timedelta(days=last))


def _month(name: str) -> int:
    return next(n for n, full in enumerate(_MONTH_NAMES, 1) if full.startswith(name[:3]))


def _weekday(name: str) -> int:
    return next(n for n, full in enumerate(_DAY_NAMES) if full.startswith(name[:3]))


def _on(today: date, day: int, month: int, year: str | None = None) -> Span | None:
    """That day of this year, or of the last one if it is still to come."""
    if year:
        return _exact(int(year), month, day)
    this_year = _exact(today.year, month, day)
    if this_year is not None and this_year.first > today:
        return _exact(today.year - 1, month, day)
    return this_year


def _exact(year: int, month: int, day: int) -> Span | None:
    try:
        return Span(date(year, month, day), date(year, month, day))
    except ValueError:  # 31/11, 14.14.
        return None


def _whole_month(today: date, month: int, said_year: str | None) -> Span:
    year = int(said_year) if said_year else today.year - (month > today.month)
    after = date(year + month // 12, month % 12 + 1, 1)
    return Span(date(year, month, 1), after - timedelta(days=1))


_SLIP = re.compile(rf"\b(?:{'|'.join(_SLIPS)})\b")

# In this order: what is more exact first.
_READERS: tuple[tuple[re.Pattern[str], _Read], ...] = tuple(
    (re.compile(expression), read)
    for expression, read in [
        (
            r"\b(?:black|good) friday\b|\bcyber monday\b|\b(?:day after )?tomorrow\b|"
            rf"\b(?:next|coming|every|each) (?:{_ANY_DAY}|week|weekend|month|year)\b|\b24/7\b",
            _to_come,
        ),
        (r"\b(20\d\d)-(\d\d)-(\d\d)\b", _iso),
        (rf"{_BESIDE}\b(\d{{1,2}}) ?{_TH}?(?: of)? ({_MONTH})\b{_YEAR}", _day_month),
        (rf"{_BESIDE}\b({_MONTH})\.? (?:the )?(\d{{1,2}}){_TH}?\b(?!:){_YEAR}", _month_day),
        (
            rf"{_NO_PRICE}(?P<first>\d{{1,2}})[/.](?P<second>\d{{1,2}})[/.](?P<year>(?:20)?\d\d)"
            r"(?![\d/])",
            _figures,
        ),
        # Without a year, "8/10" may be a mark and "12.5" a price: only after a word for a day.
        (
            rf"\b{_ON} (?:the )?(?P<first>\d{{1,2}})[/.](?P<second>\d{{1,2}})(?P<year>)"
            rf"(?![\d/]|[.,]\d){_NO_DAY}",
            _figures,
        ),
        (
            rf"{_NO_PRICE}(?P<first>\d{{1,2}})/(?!10\b|5\b)(?P<second>\d{{1,2}})(?P<year>)"
            rf"(?![\d/]){_NO_DAY}",
            _figures,
        ),
        (
            rf"\b(?P<half>half )?(?:about |a )?(?P<count>{_COUNT}) (?P<unit>{_UNIT})s? "
            r"(?:ago|back)\b",
            _ago,
        ),
        (rf"\b(?P<day>{_ANY_DAY}) (?:of )?last week\b", _weekday_last_week),
        (r"\bday before yesterday\b", _days_back(2, 2)),
        (r"\byesterday\b|\blast night\b", _days_back(1, 1)),
        (r"\b(?:today|this morning|this afternoon|just now)\b", _days_back(0, 0)),
        (r"\bother day\b", _days_back(5, 1)),
        (r"\b(?:last|over the|at the|on the|the) weekend\b", _since_monday(1, 5, 6)),
        (r"\bthis week\b", _since_monday(0, 0, 6)),
        (r"\b(?:last|past) week\b", _since_monday(1, 0, 6)),
        (r"\b(?:last|past) month\b", _days_back(60, 15)),
        (r"\blast year\b", _last_year),
        (
            rf"\b(?:in|during|of|since|last|early|late|mid|end of)[ -](?P<month>{_FULL_MONTH})\b"
            r"(?: (?P<year>20\d\d)\b)?",
            _in_month,
        ),
        (
            rf"\b(?:(?P<ahead>by|until|till|before)|on|since|from) the (?P<day>\d{{1,2}}){_TH}\b"
            rf"{_ORDINAL_OF_OTHERS}",
            _of_this_month,
        ),
        (rf"\b(?:last|on|since|this|by|until) (?P<day>{_ANY_DAY})\b", _weekday_before),
        (rf"\b(?P<day>{_CLEAR_DAY})\b", _weekday_before),
    ]
)
