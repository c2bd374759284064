"""When the team is there, as the customer reads it behind the time of an answer.

"… by 08:59 on Monday (we're here Monday to Friday 08:00 to 20:00 and Saturday 09:00 to 17:00)"
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.lists import format_list

from careline.service.opening_times import Opening, OpeningTimes, is_there_until, opening_times
from careline.service.policies import Policies
from careline.service.policies.levels import WEEKDAYS
from careline.service.waiting import SUPPORT, team_called

_LOCALE = "en_GB"


def hours_behind(
    policies: Policies, now: datetime, due: datetime, zone: ZoneInfo, team: str = SUPPORT
) -> str:
    """To be put behind the time of an answer; "" while somebody is there until then."""
    chosen = team_called(policies, team)
    if is_there_until(chosen, now, due):
        return ""
    return f" ({in_words(opening_times(chosen, now, due, zone))})"


def in_words(times: OpeningTimes) -> str:
    days = [f"{which} {hours}" for which, hours in _grouped(times.week)]
    here = format_list(days, locale=_LOCALE)
    yours = ", your time" if times.is_other_zone else ""
    closed = format_list(
        [format_date(day, "EEEE d MMMM", locale=_LOCALE) for day in times.closed_on], locale=_LOCALE
    )
    but = f", but closed on {closed}" if closed else ""
    return f"we're here {here}{yours}{but}"


def _grouped(week: Sequence[Opening]) -> Iterator[tuple[str, str]]:
    """Days that follow each other with the same hours are one."""

    def run(each: tuple[int, Opening]) -> tuple[int, time, time]:
        place, opening = each
        return opening.weekday - place, opening.opens, opening.closes

    for (_, opens, closes), group in groupby(enumerate(week), run):
        days = [WEEKDAYS[opening.weekday].capitalize() for _, opening in group]
        yield _days(days), f"{_clock(opens)} to {_clock(closes)}"


def _days(days: Sequence[str]) -> str:
    if len(days) == len(WEEKDAYS):
        return "every day"
    if len(days) > 2:
        return f"{days[0]} to {days[-1]}"
    return format_list(days, locale=_LOCALE)


def _clock(at: time) -> str:
    return f"{at:%H:%M}"
