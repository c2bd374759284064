"""Days to come that words speak of: "by Friday", "within 5 working days", "the 3rd of December".

The last day that the words allow counts, for it is the one by which they must have come true.
What is a length of time or a border and no such day ("until Friday", "for 30 days", "from
Monday", "5 days ago") is none. `said_dates` reads the days that have been.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from careline.service.dates import add_months, add_working_days, is_working_day

_DAY_NAMES = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTHS = "january february march april may june july august september october november december"
_MONTH_NAMES = _MONTHS.split()
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "couple of": 2, "three": 3,
    "few": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "fourteen": 14, "twenty-four": 24, "forty-eight": 48, "seventy-two": 72,
}  # fmt: skip
_VAGUE = ("couple", "few", "or two", "or so")
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6
_LONG_AGO = timedelta(days=180)  # a date without a year that is past for longer is next year's
_SAME_DAY_HOURS = 6  # "within 3 hours" is today, "within 12 hours" may be tomorrow


@dataclass(frozen=True)
class Coming:
    """A day, and where the words for it stand."""

    start: int
    end: int
    day: date


@dataclass(frozen=True)
class Calendar:
    today: date
    holidays: Collection[date] = ()

    def working_days(self, days: int) -> date:
        return add_working_days(self.today, days, self.holidays)

    def or_next_working_day(self, day: date) -> date:
        while not is_working_day(day, self.holidays):
            day += timedelta(days=1)
        return day

    def or_last_working_day(self, day: date) -> date:
        """The last one before it, but never before today."""
        while day > self.today and not is_working_day(day, self.holidays):
            day -= timedelta(days=1)
        return day

    def weekday(self, number: int, weeks: int = 0) -> date:
        """Of this week, or of one so many weeks later; weeks begin on Monday."""
        return self.today + timedelta(days=number - self.today.weekday(), weeks=weeks)

    def next_weekday(self, number: int) -> date:
        """The first one after today."""
        return self.today + timedelta(days=(number - self.today.weekday() - 1) % 7 + 1)


_Read = Callable[["re.Match[str]", Calendar], date | None]


def days_in(text: str, calendar: Calendar) -> list[Coming]:
    """Every day that is still to come, in the order of the words."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter whose small form is longer; places must stay
        lowered = text
    found: list[Coming] = []
    for expression, read in _READERS:
        for match in expression.finditer(lowered):
            day = read(match, calendar)
            if day is not None and day >= calendar.today:
                found.append(Coming(match.start(), match.end(), day))
        lowered = expression.sub(lambda match: ";" * len(match[0]), lowered)
    return sorted(found, key=lambda each: each.start)


def _no_day(match: re.Match[str], calendar: Calendar) -> date | None:
    return None


def _in(days: int) -> _Read:
    return lambda match, calendar: calendar.today + timedelta(days=days)


def _span(match: re.Match[str], calendar: Calendar) -> date | None:
    """ "within 3 to 5 working days", "in the next couple of days", "48 hours"."""
    count = _number(match["most"] or match["count"])
    if match["half"]:
        return calendar.today
    match match["unit"]:
        case "minute" | "min":
            return calendar.today
        case "hour" | "hr" | "h":
            return calendar.today + timedelta(
                days=count // 24 + (1 if count % 24 > _SAME_DAY_HOURS else 0)
            )
        case "month":
            return add_months(calendar.today, count)
        case "week" | "wk":
            return calendar.today + timedelta(weeks=count)
        case "fortnight":
            return calendar.today + timedelta(weeks=2 * count)
    if match["or_two"]:
        count += 1
    if match["working"]:
        return calendar.working_days(count)
    day = calendar.today + timedelta(days=count)
    is_vague = any(word in match[0] for word in _VAGUE)
    return calendar.or_next_working_day(day) if is_vague else day


def _one_unit(match: re.Match[str], calendar: Calendar) -> date | None:
    days = {"hour": 0, "day": 1, "week": 7}.get(match["unit"])
    if days is None:
        return add_months(calendar.today, 1)
    return calendar.today + timedelta(days=days)


def _number(said: str) -> int:
    return int(said) if said.isdigit() else _NUMBERS[said]


def _weekday_of_week(weeks: int) -> _Read:
    return lambda match, calendar: calendar.weekday(_day_number(match["day"]), weeks)


def _coming_weekday(match: re.Match[str], calendar: Calendar) -> date | None:
    return calendar.next_weekday(_day_number(match["day"]))


def _week_after(match: re.Match[str], calendar: Calendar) -> date | None:
    return calendar.next_weekday(_day_number(match["day"])) + timedelta(weeks=1)


def _before(match: re.Match[str], calendar: Calendar) -> date | None:
    return calendar.next_weekday(_day_number(match["day"])) - timedelta(days=1)


def _end_of_week(match: re.Match[str], calendar: Calendar) -> date | None:
    friday = calendar.weekday(_FRIDAY)
    if friday < calendar.today:
        return calendar.weekday(_SUNDAY)
    return calendar.or_last_working_day(friday)


def _before_weekend(match: re.Match[str], calendar: Calendar) -> date | None:
    week = 0 if calendar.today.weekday() < _SATURDAY else 1
    return calendar.or_last_working_day(calendar.weekday(_FRIDAY, week))


def _weekend(match: re.Match[str], calendar: Calendar) -> date | None:
    return calendar.weekday(_SUNDAY)


def _in_week(weeks: int) -> _Read:
    """Its last working day, or what "early" and "mid" make of it."""

    def read(match: re.Match[str], calendar: Calendar) -> date | None:
        part = match["part"] or ""
        if part.startswith(("early", "begin", "start")):
            return calendar.or_next_working_day(calendar.weekday(1, weeks))
        if part.startswith("mid"):
            return calendar.or_next_working_day(calendar.weekday(2, weeks))
        return calendar.or_last_working_day(calendar.weekday(_FRIDAY, weeks))

    return read


def _in_month(match: re.Match[str], calendar: Calendar) -> date | None:
    name, part = match["month"], match["part"] or ""
    year, month = calendar.today.year, calendar.today.month
    if name == "next month":
        year, month = year + month // 12, month % 12 + 1
    elif name not in ("the month", "this month"):
        number = _month_number(name)
        year, month = year + (number < month), number
    if part.startswith(("early", "begin", "start")):
        return date(year, month, 7)
    if part.startswith("mid"):
        return date(year, month, 15)
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _holiday(match: re.Match[str], calendar: Calendar) -> date | None:
    day = 24 if "christmas" in match[0] else 31
    this = date(calendar.today.year, 12, day)
    return this if this >= calendar.today else None


def _iso(match: re.Match[str], calendar: Calendar) -> date | None:
    return _exact(*(int(part) for part in match.groups()))


def _dated(match: re.Match[str], calendar: Calendar) -> date | None:
    day = int(match["last"] or match["day"]) if "last" in match.groupdict() else int(match["day"])
    return _of_year(calendar.today, day, _month_number(match["month"]), match["year"])


def _figures(match: re.Match[str], calendar: Calendar) -> date | None:
    """Day first, as written here; month first only where it can be nothing else."""
    first, second, year = int(match["first"]), int(match["second"]), match["year"]
    day, month = (second, first) if second > 12 >= first else (first, second)
    return _of_year(calendar.today, day, month, f"20{year[-2:]}" if year else None)


def _of_month(match: re.Match[str], calendar: Calendar) -> date | None:
    """ "By the 9th": of this month, or of the next one if that has been."""
    day, today = int(match["day"]), calendar.today
    this = _exact(today.year, today.month, day)
    if this is not None and this >= today:
        return this
    return _exact(today.year + today.month // 12, today.month % 12 + 1, day)


def _of_year(today: date, day: int, month: int, year: str | None) -> date | None:
    if year:
        return _exact(int(year), month, day)
    this = _exact(today.year, month, day)
    if this is not None and this < today - _LONG_AGO:
        return _exact(today.year + 1, month, day)
    return this


def _exact(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # 31/11
        return None


def _day_number(name: str) -> int:
    return next(n for n, full in enumerate(_DAY_NAMES) if full.startswith(name[:3]))


def _month_number(name: str) -> int:
    return next(n for n, full in enumerate(_MONTH_NAMES, 1) if full.startswith(name[:3]))


_LONG_DAY = "|".join(_DAY_NAMES)
_DAY = rf"{_LONG_DAY}|tues|weds|thurs?|mon|tue|wed|thu|fri"  # "sat" and "sun" are other words too
_MONTH = "|".join(f"{name}|{name[:4]}|{name[:3]}" for name in _MONTH_NAMES)
_FULL_MONTH = "|".join(_MONTH_NAMES)
_TH = "(?:st|nd|rd|th)"
_YEAR = r"(?:,? (?P<year>20\d\d)\b)?"
_BESIDE = rf"(?:\b(?:{_DAY}|sat|sun),? (?:the )?)?"  # "Friday 4 December"
_COUNT = "|".join([r"\d{1,3}", *sorted(_NUMBERS, key=len, reverse=True)])
_PART = r"(?:the )?(?:(?P<part>early|mid|middle|late|end|beginning|start)(?:[ -]of)?(?: in)?[ -])?"
_IN = (
    r"(?:with ?in|inside|in(?: up to| under| less than| about| around| roughly| at most)?|under|"
    r"over|during|tak(?:es?|ing)(?: you)?|allow(?: us)?|(?:will|'ll) be|than|needs?)"
)

# In this order: what is more exact, and what is no such day, first.
_READERS: Sequence[tuple[re.Pattern[str], _Read]] = tuple(
    (re.compile(expression), read)
    for expression, read in [
        (r"\b(?:black|good) friday\b|\bcyber monday\b|\b24/7\b|\bdays? of the week\b", _no_day),
        (rf"\b(?:{_DAY}|sat|sun)s? ?(?:to|-|–|till|through) ?(?:{_DAY}|sat|sun)s?\b", _no_day),
        (rf"\b(?:every|each|last|past) (?:{_DAY}|day|week|month|weekend)s?\b", _no_day),
        (rf"\b(?:{_LONG_DAY})s\b|\b(?:{_COUNT})[ -](?:working |business )?days? ago\b", _no_day),
        (
            rf"\b(?:until|till|after|since|from|as of|not before|starting)(?: on)? (?:the )?"
            rf"(?:{_BESIDE}\d{{1,2}}{_TH}?(?: of)? (?:{_MONTH})\b|\d{{1,2}}{_TH}\b|"
            rf"(?:next |this )?(?:{_DAY})\b|tomorrow|today|next week|then)",
            _no_day,
        ),
        (r"\b(20\d\d)-(\d\d)-(\d\d)\b", _iso),
        (
            rf"{_BESIDE}\b(?P<day>\d{{1,2}}) ?{_TH}?(?: ?(?:-|–|to|and|or) ?(?P<last>\d{{1,2}})"
            rf" ?{_TH}?)?(?: of)? (?P<month>{_MONTH})\b\.?{_YEAR}",
            _dated,
        ),
        (
            rf"{_BESIDE}\b(?P<month>{_MONTH})\.? (?:the )?(?P<day>\d{{1,2}}){_TH}?\b(?!:){_YEAR}",
            _dated,
        ),
        (
            rf"\b(?:{_DAY}|by|on|before|"
            rf"for),? (?:the )?(?P<first>\d{{1,2}})[/.](?P<second>\d{{1,2}})"
            r"(?:[/.](?P<year>(?:20)?\d\d))?\.?(?![\d/%£€$])",
            _figures,
        ),
        (
            r"(?<![\d./£€$])(?P<first>\d{1,2})[/.](?P<second>\d{1,2})[/.](?P<year>(?:20)?\d\d)"
            r"(?![\d/])",
            _figures,
        ),
        (r"\b(?:the )?day after (?:tomorrow|tmrw)\b", _in(2)),
        (r"\b(?:a week|week) (?:today|from today)\b", _in(7)),
        (r"\b(?:a week) (?:tomorrow|from tomorrow)\b", _in(8)),
        (rf"\b(?:a week on|week on) (?P<day>{_DAY})\b", _week_after),
        (rf"\b(?P<day>{_DAY}) week\b", _week_after),
        (rf"\b(?P<day>{_DAY})(?: of)? next week\b", _weekday_of_week(1)),
        (rf"\bnext week,? (?:on )?(?P<day>{_DAY})\b", _weekday_of_week(1)),
        (rf"\bnext (?P<day>{_DAY})\b", _weekday_of_week(1)),
        (rf"\bbefore (?:this |coming )?(?P<day>{_DAY})\b", _before),
        (rf"\b(?P<day>{_DAY})\b", _coming_weekday),
        (r"\bto?m+or+ow\b|\btmrw\b", _in(1)),
        (
            r"\btoday\b|\btonight\b|\bthis (?:morning|afternoon|evening)\b|"
            r"\b(?:end|close) of (?:the |this )?(?:day|play|business)\b|\b(?:eod|cob)\b|"
            r"\b(?:in|within|inside) the (?:next )?(?:half )?hour\b",
            _in(0),
        ),
        (rf"\b{_PART}\bweek after next\b", _in_week(2)),
        (rf"\b{_PART}(?:the )?(?:next|coming) week\b", _in_week(1)),
        (r"\b(?:by|before) the (?:coming )?weekend\b", _before_weekend),
        (r"\b(?:this|the|over the|at the|on the) weekend\b", _weekend),
        (
            r"\b(?:end of|later|during|within|in) (?:the|this) week\b|\bthis week\b|"
            r"\bbefore the week is out\b",
            _end_of_week,
        ),
        (
            rf"\b{_PART}(?<=[- ])(?P<month>the month|this month|next month|{_FULL_MONTH})\b",
            _in_month,
        ),
        (r"\b(?:by|before) (?:christmas|new year)\b", _holiday),
        (
            rf"\b(?:by|on|for|before) the (?P<day>\d{{1,2}}){_TH}\b"
            r"(?! (?:floor|time|day|email|item|order|parcel|attempt|one|week|month)\b)",
            _of_month,
        ),
        (rf"\b{_IN} the (?:next|coming|following) (?P<unit>hour|day|week|month)\b", _one_unit),
        (
            rf"\b{_IN} (?:the |these )?(?:next |coming |following )?(?:up to |another )?"
            rf"(?P<half>half )?(?:a )?(?P<count>{_COUNT})(?: ?(?:to|-|–|or) ?(?P<most>{_COUNT}))?"
            r"[ -]?(?P<working>working |business |week|bank )?"
            r"(?P<unit>day|hour|hr|h|week|wk|month|fortnight|minute|min)s?\b"
            r"(?P<or_two> or two)?(?: or so)?",
            _span,
        ),
    ]
)
