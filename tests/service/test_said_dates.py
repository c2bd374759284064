"""Days in customers' words."""

from datetime import date

import pytest

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
    ],
)
def test_a_day_is_understood(words: str, day: date) -> None:
    assert any(span.holds(day) for span in spans_in(words, TODAY))


@pytest.mark.parametrize("words", ["", "it may be broken", "order 10482", "31/31", "size 40-43"])
def test_no_day_is_seen_where_none_is_said(words: str) -> None:
    assert spans_in(words, TODAY) == []


def test_the_day_before_yesterday_is_not_yesterday() -> None:
    spans = spans_in("it came the day before yesterday", TODAY)
    assert not any(span.holds(date(2026, 11, 19)) for span in spans)
