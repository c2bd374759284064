"""What is kept of the stages is what a derivation gives, whatever comes late and in which order."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, select, update
from sqlalchemy.orm import Session

from careline.journey import queries, touchpoints
from careline.journey.models import Conversation, Customer, KeptSpan, Touchpoint
from careline.journey.stage_spans import between
from careline.journey.stages import SILENCE, UNBOXING, StageSpan, derive
from careline.journey.standing import is_behind, keep_up, standing
from careline.kit.database import Database
from tests.journey.conftest import START, add_customer

DAY = timedelta(days=1)
KINDS = (
    "order.placed", "order.shipped", "order.delivered", "order.returned", "case.opened",
    "case.resolved", "product.viewed", "account.closed", "feedback.given", "touch.sent",
)  # fmt: skip


def happens(
    session: Session, customer: Customer, kind: str, day: float, *, now: datetime, number: int = 0
) -> Touchpoint:
    return touchpoints.record(
        session, now, **_event(customer, kind, START + day * DAY, number or _next(session))
    )


def _event(customer: Customer, kind: str, at: datetime, number: int) -> dict[str, Any]:
    return {
        "customer_id": customer.id,
        "kind": kind,
        "stage": "consideration" if kind == "touch.sent" else "use",
        "actor": "careline" if kind == "touch.sent" else "customer",
        "channel": "shop",
        "summary": kind,
        "at": at,
        "emotion": "pleased" if kind == "feedback.given" else None,
        "about": {"order": str(number % 4), "case": f"CL-{number % 3}"},
        "source": "shop",
        "source_id": f"{customer.id}:{number}",
    }


def _next(session: Session) -> int:
    return 1 + (session.scalar(select(func.count()).select_from(Touchpoint)) or 0)


def derived(session: Session, customer: Customer, now: datetime) -> tuple[StageSpan, ...]:
    return derive(touchpoints.stage_events(session, customer.id), now).spans


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(KINDS),
            st.integers(-300, 6),  # days from now at which it happened: late, or not yet
            st.sampled_from([0, 0, 1, 2, 3, 40, 190]),  # days that pass before it is heard of
            st.sampled_from(["record", "append", "append_many", "only looked at"]),
        ),
        max_size=12,
    )
)
def test_what_is_kept_is_always_what_would_be_derived(
    database: Database, steps: list[tuple[str, int, int, str]]
) -> None:
    now = START
    with database.begin() as session:
        customer = add_customer(session, "Ada Marlow")
        first = _next(session)
        for number, (kind, late, passes, how) in enumerate(steps, first):
            now += passes * DAY
            what = _event(customer, kind, now + late * DAY, number)
            if how == "record":
                touchpoints.record(session, now, **what)
            elif how == "append":
                touchpoints.append(session, now, **what)
            elif how == "append_many":
                touchpoints.append_many(session, [touchpoints.row(now, **what)])
            _look_right(session, customer, now)
            keep_up(session, now, customer.id)
            assert between(session, customer.id, None, None) == derived(session, customer, now)
            _look_right(session, customer, now)
            later = now + 3 * DAY
            _look_right(session, customer, later)


def _look_right(session: Session, customer: Customer, now: datetime) -> None:
    expected = derive(touchpoints.stage_events(session, customer.id), now)
    seen = standing(session, now, customer.id, queries.timeline(session, customer.id))
    assert (seen.stage, seen.rule, seen.since) == (expected.stage, expected.rule, expected.since)
    assert seen.spans == expected.spans
    assert seen.latest == expected.latest


def test_a_look_at_what_holds_derives_nothing(session: Session, customer: Customer) -> None:
    for day in range(20):
        happens(session, customer, "case.opened" if day % 2 else "case.resolved", day, now=START)
    seen: list[str] = []

    def note(*given: object) -> None:
        seen.append(str(given[2]))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    standing(session, START, customer.id, queries.timeline(session, customer.id, limit=3))
    event.remove(connection, "before_cursor_execute", note)
    assert len(seen) == 4, seen
    assert [sql for sql in seen if "source_id" in sql and "LIMIT" not in sql] == []


def test_time_alone_makes_what_is_kept_end(session: Session, customer: Customer) -> None:
    happens(session, customer, "order.delivered", 0, now=START)
    unboxed, silent = START + UNBOXING, START + SILENCE
    assert not is_behind(session, unboxed - DAY, customer.id)
    assert is_behind(session, unboxed, customer.id)
    keep_up(session, unboxed, customer.id)
    assert (customer.stage, customer.stage_since) == ("use", unboxed)
    assert not is_behind(session, silent - DAY, customer.id)
    assert standing(session, silent, customer.id).stage == "leaving", "also for who may not write"
    assert customer.stage == "use"
    keep_up(session, silent, customer.id)
    assert customer.stage == "leaving"


def test_a_late_touchpoint_rewrites_from_its_place_on(session: Session, customer: Customer) -> None:
    now = START + 60 * DAY
    for day in range(0, 50, 10):
        happens(session, customer, "case.opened", day, now=now, number=3 * (day + 1))
        happens(session, customer, "case.resolved", day + 5, now=now, number=3 * (day + 101))
    before = between(session, customer.id, None, None)
    happens(session, customer, "order.delivered", 32, now=now, number=10)
    after = between(session, customer.id, None, None)
    assert after == derived(session, customer, now)
    assert after[:6] == before[:6]
    assert after != before


def test_pages_hold_all_spans_and_each_those_of_its_own(
    session: Session, customer: Customer
) -> None:
    now = START + 700 * DAY
    happens(session, customer, "order.delivered", 0, now=now, number=4)
    for number in range(1, 30):
        kind = "case.opened" if number % 2 else "case.resolved"
        happens(session, customer, kind, 7 * number, now=now, number=3 * number + 60)
    happens(session, customer, "product.viewed", 690, now=now)
    seen: list[StageSpan] = []
    before = None
    while True:
        page = queries.timeline(session, customer.id, before=before, limit=4)
        look = standing(session, now, customer.id, page)
        assert len(look.spans) < 9
        assert look.latest == derived(session, customer, now)[-1]
        seen += look.spans
        before = page.before
        if before is None:
            break
    assert tuple(sorted(set(seen), key=lambda span: span.since)) == derived(session, customer, now)


def test_a_rebuild_gives_the_same(session: Session, customer: Customer) -> None:
    now = START + 60 * DAY
    for day, kind in enumerate(KINDS):
        happens(session, customer, kind, 5 * day, now=now)
    kept = between(session, customer.id, None, None)
    session.execute(delete(KeptSpan))
    session.execute(update(Customer).values(stage_holds_until=None))
    assert is_behind(session, now, customer.id)
    keep_up(session, now, customer.id)
    assert between(session, customer.id, None, None) == kept


def test_a_conversation_that_moves_takes_its_spans_along(
    session: Session, customer: Customer
) -> None:
    visitor = add_customer(session, "")
    dated = {"created_at": START, "updated_at": START}
    session.add(Conversation(id="cnv_1", customer_id=visitor.id, channel="web", **dated))
    session.flush()
    happens(session, customer, "order.delivered", 0, now=START + 9 * DAY)
    what = _event(visitor, "case.opened", START + 5 * DAY, 99)
    touchpoints.record(session, START + 9 * DAY, conversation_id="cnv_1", **what)
    now = START + 9 * DAY
    touchpoints.move(session, now, conversation_id="cnv_1", customer_id=customer.id)
    for one in (visitor, customer):
        assert between(session, one.id, None, None) == derived(session, one, now)
    assert between(session, visitor.id, None, None) == ()
