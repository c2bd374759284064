"""When the team is there, told behind the time of an answer where that is not today."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from careline.conversation.opening_words import hours_behind
from careline.journey.words import HandoverReason, Mode
from careline.service.policies import Policies
from careline.service.policies.levels import Team, WeekHours
from careline.service.waiting import answer_expected_by
from careline.worker import tick
from tests.conversation.staff.desk import Desk, hire
from tests.house import House
from tests.service.conftest import policies

__all__ = ["policies"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(policies: Policies, now: str, zone: str = "Europe/London", team: str = "support") -> str:
    due = answer_expected_by(policies, at(now), "web", team=team)
    return hours_behind(policies, at(now), due, ZoneInfo(zone), team).strip(" ()")


def with_team(policies: Policies, zone: str, **hours: str) -> Policies:
    """Another team beside support; days that are not named are closed."""
    week = dict.fromkeys(WeekHours.model_fields, "closed") | hours
    team = Team.model_validate({"time_zone": zone, "hours": week})
    levels = policies.service_levels
    teams = levels.model_copy(update={"teams": levels.teams | {"night": team}})
    return policies.model_copy(update={"service_levels": teams})


USUAL = "we're here Monday to Friday 08:00 to 20:00 and Saturday 09:00 to 17:00"


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-20 10:00", ""),  # a Friday morning; the answer comes at eleven
        ("2026-11-20 19:30", USUAL),  # they are there, and the answer comes tomorrow
        ("2026-11-20 22:00", USUAL),
        ("2026-11-22 12:00", USUAL),  # a Sunday
        (
            "2026-12-24 22:00",
            f"{USUAL}, but closed on Friday 25 December and Saturday 26 December",
        ),
        ("2026-12-20 12:00", f"{USUAL}, but closed on Friday 25 December and Saturday 26 December"),
        ("2026-12-12 22:00", USUAL),  # Christmas is two weeks away
    ],
)
def test_it_is_told_when_nobody_is_there_until_the_answer(
    policies: Policies, now: str, words: str
) -> None:
    assert told(policies, now) == words


def test_the_hours_are_on_the_customers_clock(policies: Policies) -> None:
    assert told(policies, "2026-11-20 22:00", "Europe/Berlin") == (
        "we're here Monday to Friday 09:00 to 21:00 and Saturday 10:00 to 18:00, your time"
    )
    assert told(policies, "2026-11-20 22:00", "Asia/Tokyo") == (
        "we're here Monday to Friday 17:00 to 05:00 and Saturday 18:00 to 02:00, your time"
    )
    # In Auckland our Monday morning is Monday night, and our Friday is still Friday.
    assert "Monday to Friday 21:00 to 09:00" in told(
        policies, "2026-11-20 22:00", "Pacific/Auckland"
    )
    # Lisbon keeps London's clock, so there is nothing to convert.
    assert told(policies, "2026-11-20 22:00", "Europe/Lisbon") == USUAL


def test_a_day_is_the_customers_day(policies: Policies) -> None:
    night = with_team(policies, "Pacific/Auckland", monday="08:00-12:00", tuesday="08:00-12:00")
    assert told(night, "2026-11-20 22:00", team="night") == (
        "we're here Monday 19:00 to 23:00 and Sunday 19:00 to 23:00, your time"
    )


def test_days_with_the_same_hours_are_told_as_one(policies: Policies) -> None:
    every = with_team(
        policies, "Europe/London", **dict.fromkeys(WeekHours.model_fields, "10:00-16:00")
    )
    assert told(every, "2026-11-20 22:00", team="night") == "we're here every day 10:00 to 16:00"
    two = with_team(
        policies, "Europe/London",
        monday="10:00-16:00", wednesday="10:00-16:00", thursday="10:00-16:00",
        friday="10:00-12:00",
    )  # fmt: skip
    assert told(two, "2026-11-20 22:00", team="night") == (
        "we're here Monday 10:00 to 16:00, Wednesday and Thursday 10:00 to 16:00 "
        "and Friday 10:00 to 12:00"
    )


def test_who_is_passed_on_at_night_hears_when_we_are_there(house: House) -> None:
    house.clock.set(at("2026-11-21 22:00"))
    chat = house.chat()
    house.rasa.fault = "status"
    chat.say("hello")
    for _ in range(2):
        house.clock.advance(timedelta(minutes=2))
        house.sweep()
    said = chat.history()[-1]["text"]
    assert house.conversation(chat.id).mode == Mode.QUEUED
    assert "by Monday 23 November, 09:00 (we're here Monday to Friday 08:00 to 20:00" in said


def test_who_lost_their_colleague_hears_it_too(house: House) -> None:
    desk = Desk(house, hire(house, "Lena Marsh"), hire(house, "Tom Hale"))
    chat = desk.chat_of("C1")
    chat.say("hello")
    desk.escalate(chat, HandoverReason.ASKED_FOR)
    desk.claim(chat)
    house.clock.set(at("2026-11-20 19:50"))
    tick(house.container)
    assert "we're here" in chat.history()[-1]["text"]
