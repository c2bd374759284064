"""policies/service_levels.yml: how fast a person answers, and when people are there."""

import re
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator

from careline.journey.words import Channel
from careline.kit.zones import is_zone
from careline.service.policies.base import Minutes, Section, Word

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")


class Priority(StrEnum):
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @classmethod
    def of(cls, number: int) -> "Priority":
        """The record keeps priorities as numbers: 0 normal, 1 high, 2 and more urgent."""
        return list(cls)[min(max(number, 0), 2)]


Hours = tuple[time, time] | None


def _hours(value: Any) -> Hours:
    if value == "closed":
        return None
    found = _HOURS.match(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('opening hours are written "09:00-18:00", or closed')
    start = time(int(found[1]), int(found[2]))
    end = time(int(found[3]), int(found[4]))
    if start >= end:
        raise ValueError("the team must open before it closes, on the same day")
    return start, end


def _zone(value: Any) -> str:
    if not isinstance(value, str) or not is_zone(value):
        raise ValueError("a time zone is written like Europe/London")
    return value


OpeningHours = Annotated[Hours, BeforeValidator(_hours)]
ZoneName = Annotated[str, BeforeValidator(_zone)]


class MinutesByPriority(Section):
    normal: Minutes
    high: Minutes
    urgent: Minutes

    def of(self, priority: Priority) -> int:
        return int(getattr(self, priority))


class ServiceLevel(Section):
    default: MinutesByPriority
    by_channel: dict[Channel, MinutesByPriority] = Field(default_factory=dict)

    def minutes(self, channel: str, priority: Priority) -> int:
        known = channel in set(Channel)
        chosen = self.by_channel.get(Channel(channel)) if known else None
        return (chosen or self.default).of(priority)


class WeekHours(Section):
    monday: OpeningHours
    tuesday: OpeningHours
    wednesday: OpeningHours
    thursday: OpeningHours
    friday: OpeningHours
    saturday: OpeningHours
    sunday: OpeningHours

    def on(self, day: date) -> Hours:
        hours: Hours = getattr(self, WEEKDAYS[day.weekday()])
        return hours


class Team(Section):
    time_zone: ZoneName
    hours: WeekHours
    holidays: list[date] = Field(default_factory=list)

    def open_on(self, day: date) -> Hours:
        return None if day in self.holidays else self.hours.on(day)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class ServiceLevelPolicy(Section):
    first_answer_minutes: ServiceLevel
    next_answer_minutes: ServiceLevel
    resolution_minutes: ServiceLevel
    teams: dict[Word, Team]

    @field_validator("teams")
    @classmethod
    def _support_is_there(cls, teams: dict[str, Team]) -> dict[str, Team]:
        if "support" not in teams:
            raise ValueError("there has to be a team named support: its hours hold for the rest")
        return teams
