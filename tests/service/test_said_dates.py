"""Days in customers' words."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from careline.service.dates import day_in
from careline.service.said_dates import spans_in

TODAY = date(2026, 11, 20)  # a Friday


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("it came today", date(2026, 11, 20)),
        ("delivered yesterday", date(2026, 11, 19)),
        ("the day before yesterday", date(2026, 11, 18)),
        ("last tuesday", date(2026, 11, 17)),
        ("on Friday", date(2026, 11, 13)),
        ("3rd of May", date(2026, 5, 3)),
        ("december 24", date(2025, 12, 24)),
        ("on 12/11", date(2026, 11, 12)),
        ("on 11/12", date(2026, 11, 12)),
        ("2026-11-02", date(2026, 11, 2)),
        ("two weeks ago", date(2026, 11, 6)),
        ("last week", date(2026, 11, 11)),
        ("in october", date(2026, 10, 9)),
        ("3 days ago", date(2026, 11, 17)),
        ("yesturday", date(2026, 11, 19)),
        ("came on weds", date(2026, 11, 18)),
        ("wednesday last week", date(2026, 11, 11)),
        ("12th november 2025", date(2025, 11, 12)),
        ("2 wks ago", date(2026, 11, 6)),
        ("half a year ago", date(2026, 5, 20)),
        ("at the weekend", date(2026, 11, 15)),
        ("it came on the 9th", date(2026, 11, 9)),
        ("by the 5th of last month it was there, ordered on the 28th", date(2026, 10, 28)),
    ],
)
def test_a_day_is_understood(words: str, day: date) -> None:
    assert any(span.holds(day) for span in spans_in(words, TODAY))


@pytest.mark.parametrize(
    "words",
    [
        "",
        "it may be broken",
        "order 10482",
        "31/31",
        "size 40-43",
        "12.5 euros",
        "uk 9.5",
        "I give it 7/10",
        "3/4 of the plates",
        "open 24/7",
        "by next friday",
        "tomorrow",
        "a black friday deal",
        "needed by the 28th",
    ],
)
def test_no_day_is_seen_where_none_is_said(words: str) -> None:
    assert spans_in(words, TODAY) == []


def test_the_day_before_yesterday_is_not_yesterday() -> None:
    spans = spans_in("it came the day before yesterday", TODAY)
    assert not any(span.holds(date(2026, 11, 19)) for span in spans)


def test_yesterday_is_the_customers_and_not_the_servers() -> None:
    now = datetime(2026, 11, 19, 23, 0, tzinfo=UTC)  # in Tokyo it is the 20th already
    days = {
        zone: spans_in("it came yesterday", day_in(ZoneInfo(zone), now))[0].first
        for zone in ("Asia/Tokyo", "America/New_York")
    }
    assert days == {"Asia/Tokyo": date(2026, 11, 19), "America/New_York": date(2026, 11, 18)}


def test_a_day_with_its_weekday_is_one_day() -> None:
    assert [span.first for span in spans_in("friday 13th nov", TODAY)] == [date(2026, 11, 13)]
