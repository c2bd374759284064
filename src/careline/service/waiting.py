"""When a person answers: service levels counted in the team's opening hours."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from careline.service.policies import Policies
from careline.service.policies.levels import Priority, Team

SUPPORT = "support"
_LOOK_AHEAD_DAYS = 60  # a team that is closed for longer is a mistake in the policy


def answer_expected_by(
    policies: Policies, now: datetime, channel: str, priority: int = 0, *, team: str = SUPPORT
) -> datetime:
    """A person's first answer is there by then. Priority: 0 normal, 1 high, 2 urgent."""
    levels = policies.service_levels
    minutes = levels.first_answer_minutes.minutes(channel, Priority.of(priority))
    return opening_minutes_later(team_called(policies, team), now, minutes)


def next_answer_expected_by(
    policies: Policies, now: datetime, channel: str, priority: int = 0, *, team: str = SUPPORT
) -> datetime:
    """A person who has answered before answers again by then."""
    levels = policies.service_levels
    minutes = levels.next_answer_minutes.minutes(channel, Priority.of(priority))
    return opening_minutes_later(team_called(policies, team), now, minutes)


def resolution_expected_by(
    policies: Policies, now: datetime, channel: str, priority: int = 0, *, team: str = SUPPORT
) -> datetime:
    """A case is resolved by then."""
    levels = policies.service_levels
    minutes = levels.resolution_minutes.minutes(channel, Priority.of(priority))
    return opening_minutes_later(team_called(policies, team), now, minutes)


def is_open(policies: Policies, now: datetime, team: str = SUPPORT) -> bool:
    """Whether somebody of the team is there now."""
    chosen = team_called(policies, team)
    local = now.astimezone(chosen.zone)
    hours = chosen.open_on(local.date())
    return hours is not None and hours[0] <= local.time() < hours[1]


def holidays(policies: Policies, team: str = SUPPORT) -> Collection[date]:
    """Days on which the team works on no weekday's hours."""
    return team_called(policies, team).holidays


def opening_minutes_later(team: Team, now: datetime, minutes: int) -> datetime:
    """The moment at which the team has been there for so many minutes from now on."""
    left = timedelta(minutes=minutes)
    local = now.astimezone(team.zone)
    for days in range(_LOOK_AHEAD_DAYS):
        day = local.date() + timedelta(days=days)
        hours = team.open_on(day)
        if hours is None:
            continue
        opens = datetime.combine(day, hours[0], team.zone)
        closes = datetime.combine(day, hours[1], team.zone)
        start = max(opens, local)
        if start >= closes:
            continue
        if start + left <= closes:
            return (start + left).astimezone(now.tzinfo)
        left -= closes - start
    return (local + timedelta(days=_LOOK_AHEAD_DAYS)).astimezone(now.tzinfo)


def team_called(policies: Policies, name: str) -> Team:
    """A department without opening hours of its own keeps support's."""
    teams = policies.service_levels.teams
    return teams.get(name) or teams[SUPPORT]
