"""Waiting times that are true: counted while somebody is there."""

from datetime import UTC, datetime

import pytest

from careline.service.policies import Policies
from careline.service.waiting import answer_expected_by, is_open


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "priority", "by"),
    [
        ("2026-11-20 10:00", 0, "2026-11-20 11:00"),  # a Friday morning
        ("2026-11-20 10:00", 1, "2026-11-20 10:30"),
        ("2026-11-20 10:00", 7, "2026-11-20 10:10"),
        ("2026-11-20 19:30", 0, "2026-11-21 09:30"),  # half an hour today, half on Saturday
        ("2026-11-21 16:59", 0, "2026-11-23 08:59"),  # Sunday is closed
        ("2026-12-24 19:45", 1, "2026-12-28 08:15"),  # Christmas and a Sunday between
        ("2026-07-01 06:00", 0, "2026-07-01 08:00"),  # London is an hour ahead in summer
    ],
)
def test_minutes_count_in_opening_hours_only(
    policies: Policies, now: str, priority: int, by: str
) -> None:
    assert answer_expected_by(policies, at(now), "web", priority) == at(by)


def test_a_channel_without_figures_of_its_own_has_the_default_ones(policies: Policies) -> None:
    assert answer_expected_by(policies, at("2026-11-20 10:00"), "phone") == at("2026-11-20 12:00")


def test_the_team_is_there_when_its_hours_say_so(policies: Policies) -> None:
    assert is_open(policies, at("2026-11-20 10:00"))
    assert not is_open(policies, at("2026-11-22 10:00"))
    assert not is_open(policies, at("2026-12-25 10:00"))
