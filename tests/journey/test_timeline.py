"""A timeline is read in pages, cut into days of the customer's zone, and shown as text."""

from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console
from sqlalchemy.orm import Session

from careline.journey import queries, touchpoints
from careline.journey.days import by_day
from careline.journey.models import Customer
from careline.journey.stages import derive
from careline.journey.text_timeline import text_timeline
from careline.kit.errors import NotFound
from tests.journey.conftest import START

HOUR = timedelta(hours=1)


@pytest.fixture
def busy(session: Session, customer: Customer) -> Customer:
    for number in range(25):
        touchpoints.record(
            session,
            START,
            customer_id=customer.id,
            kind="order.placed" if number == 0 else "note",
            stage="purchase",
            actor="customer",
            channel="counter",
            summary=f"event {number}",
            at=START - (25 - number // 3) * HOUR,  # some share their moment
            emotion="angry" if number == 20 else None,
            effort=3 if number == 20 else None,
            source_id=str(number),
        )
    return customer


def test_pages_join_without_gap_or_double(session: Session, busy: Customer) -> None:
    seen: list[str] = []
    before: str | None = None
    while True:
        page = queries.timeline(session, busy.id, before=before, limit=4)
        seen += [point.summary for point in page.touchpoints]
        before = page.before
        if before is None:
            break
    whole = queries.timeline(session, busy.id, limit=100).touchpoints
    assert seen == [point.summary for point in whole]
    assert len(set(seen)) == 25
    assert [p.at for p in whole] == sorted((p.at for p in whole), reverse=True)


def test_a_page_exactly_full_is_the_last(session: Session, busy: Customer) -> None:
    assert queries.timeline(session, busy.id, limit=25).before is None
    assert queries.timeline(session, busy.id, limit=24).before is not None


def test_another_journeys_mark_is_refused(session: Session, busy: Customer) -> None:
    with pytest.raises(NotFound):
        queries.timeline(session, busy.id, before="tpt_of_somebody_else")


def test_days_are_those_of_the_customer(session: Session, busy: Customer) -> None:
    points = queries.timeline(session, busy.id).touchpoints
    spans = derive(touchpoints.stage_events(session, busy.id), START).spans
    in_london = by_day(points, spans, "Europe/London")
    in_auckland = by_day(points, spans, "Pacific/Auckland")
    assert {day.date for day in in_london} != {day.date for day in in_auckland}
    assert sum(len(day.entries) for day in in_auckland) == 25
    assert [e.opens for day in in_london for e in day.entries].count(True) == 1


def test_the_text_shows_stage_feeling_effort_and_why(session: Session, busy: Customer) -> None:
    out = StringIO()
    Console(file=out, width=120).print(text_timeline(session, busy.id, START))
    text = out.getvalue()
    assert "Ada Marlow" in text
    assert "purchase because: an order is placed and not shipped yet" in text
    assert "counter, customer, angry, 3 messages" in text
    assert text.index("event 1 ") < text.index("event 24 ")


def test_an_empty_journey_says_what_will_be_there(session: Session, customer: Customer) -> None:
    out = StringIO()
    Console(file=out, width=100).print(text_timeline(session, customer.id, START))
    assert "Nothing has happened yet" in out.getvalue()
