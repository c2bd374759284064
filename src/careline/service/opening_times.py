"""When a team is there, on the clock of whoever asks: the week, and the days it is closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from careline.service.policies.levels import Team

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Opening:
    """On that weekday, in the zone asked for; past midnight it closes before it opens."""

    weekday: int  # 0 is Monday
    opens: time
    closes: time


@dataclass(frozen=True)
class OpeningTimes:
    week: Sequence[Opening]  # from Monday on; no entry for a day off
    closed_on: Sequence[date]  # holidays of the time in question, on days that are open otherwise
    is_other_zone: bool  # the clock is not the team's


def opening_times(team: Team, now: datetime, until: datetime, zone: ZoneInfo) -> OpeningTimes:
    """Of the week that begins now, with its holidays and those until the time given."""
    today = now.astimezone(team.zone).date()
    days = [today + timedelta(days=n) for n in range(WEEK.days)]
    week = [found for day in days if (found := _opening(team, day, zone)) is not None]
    last = max(until.astimezone(team.zone).date(), days[-1])
    closed = [day for day in sorted(team.holidays) if today <= day <= last and team.hours.on(day)]
    return OpeningTimes(
        week=sorted(week, key=lambda each: each.weekday),
        closed_on=closed,
        is_other_zone=now.astimezone(zone).utcoffset() != now.astimezone(team.zone).utcoffset(),
    )


def is_there_until(team: Team, now: datetime, until: datetime) -> bool:
    """Whether somebody is there now, and without a break until then."""
    local = now.astimezone(team.zone)
    hours = team.open_on(local.date())
    if hours is None or not hours[0] <= local.time() < hours[1]:
        return False
    return until <= datetime.combine(local.date(), hours[1], team.zone)


def _opening(team: Team, day: date, zone: ZoneInfo) -> Opening | None:
    hours = team.hours.on(day)
    if hours is None:
        return None
    opens, closes = (datetime.combine(day, at, team.zone).astimezone(zone) for at in hours)
    return Opening(opens.weekday(), opens.time(), closes.time())
