"""What is new in the record becomes touches: all of it, once, whoever looks and however often."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from careline.journey import touchpoints
from careline.journey.models import Customer, Touch, Touchpoint
from careline.journey.words import Actor, Channel, Stage, TouchReason, TouchState
from careline.kit.clock import FixedClock
from careline.kit.database import Database
from careline.touches.loading import load_playbooks
from careline.touches.planning import AGAIN_AFTER, plan_batch, plan_new, set_aside
from tests.house import ROOT
from tests.services import ON_POSTGRES, on_both, postgres_schema

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BOOKS = load_playbooks(ROOT / "playbooks")


@pytest.fixture
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if getattr(request, "param", "sqlite") == ON_POSTGRES:
        with postgres_schema() as url:
            database = Database(url)
            database.create_all()
            yield database
            database.close()
        return
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    database.create_all()
    yield database
    database.close()


def somebody(database: Database, name: str = "cus_1") -> str:
    with database.begin() as session:
        session.add(Customer(id=name, created_at=MONDAY, updated_at=MONDAY))
    return name


def happens(
    database: Database, customer: str, kind: str, at: datetime = MONDAY, **about: object
) -> None:
    with database.begin() as session:
        touchpoints.record(
            session,
            at,
            customer_id=customer,
            kind=kind,
            stage=Stage.DELIVERY,
            actor=Actor.SHOP,
            channel=Channel.SHOP,
            summary=kind,
            at=at,
            about=dict(about),
            source="shop",
            source_id=f"{customer}:{kind}:{at.isoformat()}:{about}",
        )


def touches(database: Database, playbook: str) -> list[Touch]:
    with database.read() as session:
        return list(session.scalars(select(Touch).where(Touch.playbook == playbook)))


@on_both
def test_every_new_touchpoint_is_looked_at_once(house: Database) -> None:
    somebody(house)
    happens(house, "cus_1", "order.delivered", order="1")
    clock = FixedClock(MONDAY)
    assert plan_new(house, BOOKS, clock) == 1
    assert plan_new(house, BOOKS, clock) == 0
    (touch,) = touches(house, "unboxing_check_in")
    assert touch.state == TouchState.PLANNED
    assert touch.due_at == datetime(2026, 3, 4, 10, tzinfo=UTC)


@on_both
def test_planners_at_the_same_time_plan_nothing_twice_and_leave_nothing_out(
    house: Database,
) -> None:
    for number in range(60):
        somebody(house, f"cus_{number}")
        happens(house, f"cus_{number}", "order.delivered", order=str(number))
        happens(house, f"cus_{number}", "order.placed", order=str(number))
    clock, faults = FixedClock(MONDAY), []

    def work() -> None:
        try:
            plan_new(house, BOOKS, clock, at_once=7)
        except Exception as error:  # noqa: BLE001 - the assertion below shows it
            faults.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    plan_new(house, BOOKS, clock)  # what one had while another looked
    assert faults == []
    assert len(touches(house, "unboxing_check_in")) == 60
    assert len(touches(house, "win_back")) == 60
    with house.read() as session:
        left = session.scalar(
            select(func.count()).select_from(Touchpoint).where(Touchpoint.planned_at.is_(None))
        )
    assert left == 0


def breaks(database: Database, customer: str) -> None:
    """A row that nobody should have written: what it is about is a list."""
    happens(database, customer, "order.delivered")
    with database.begin() as session:
        row = session.scalars(select(Touchpoint).where(Touchpoint.customer_id == customer)).one()
        row.about = ["not", "what", "it", "should", "be"]  # type: ignore[assignment]


@on_both
def test_events_that_cannot_be_planned_keep_nobody_else_waiting(house: Database) -> None:
    for name in ("cus_1", "cus_2", "cus_3"):
        somebody(house, name)
    happens(house, "cus_1", "order.delivered", order="1")
    breaks(house, "cus_2")
    happens(house, "cus_3", "order.delivered", order="3")
    clock = FixedClock(MONDAY)
    assert plan_new(house, BOOKS, clock, at_once=2) == 3
    planned = {touch.customer_id for touch in touches(house, "unboxing_check_in")}
    assert planned == {"cus_1", "cus_3"}
    with house.read() as session:
        assert set_aside(session) == {"cus_2": 1}
    assert plan_new(house, BOOKS, clock) == 0
    with house.begin() as session:  # somebody has seen to it
        row = session.scalars(select(Touchpoint).where(Touchpoint.customer_id == "cus_2")).one()
        row.about = {"order": "2"}
    clock.advance(AGAIN_AFTER)
    assert plan_new(house, BOOKS, clock) == 1
    assert len(touches(house, "unboxing_check_in")) == 3
    with house.read() as session:
        assert set_aside(session) == {}


@pytest.mark.parametrize("zone", ["US", "Canada", "Brazil", "", "nul\0", "Mars/Olympus"])
def test_a_zone_that_is_none_stops_no_planning(house: Database, zone: str) -> None:
    somebody(house)
    with house.begin() as session:
        session.get_one(Customer, "cus_1").time_zone = zone
    happens(house, "cus_1", "order.delivered", order="1")
    assert plan_new(house, BOOKS, FixedClock(MONDAY)) == 1
    assert len(touches(house, "unboxing_check_in")) == 1


def test_cut_off_before_its_end_a_batch_is_planned_again_whole(house: Database) -> None:
    somebody(house)
    happens(house, "cus_1", "order.delivered", order="1")

    class Cut(Exception):
        pass

    def until_it_is_cut_off() -> None:
        with house.begin() as session:
            plan_batch(session, BOOKS, MONDAY)
            raise Cut

    with pytest.raises(Cut):
        until_it_is_cut_off()
    assert touches(house, "unboxing_check_in") == []
    assert plan_new(house, BOOKS, FixedClock(MONDAY)) == 1
    assert len(touches(house, "unboxing_check_in")) == 1


def test_activity_moves_the_one_touch_of_silence(house: Database) -> None:
    somebody(house)
    clock = FixedClock(MONDAY)
    happens(house, "cus_1", "order.placed", order="1")
    plan_new(house, BOOKS, clock)
    (before,) = touches(house, "win_back")
    happens(house, "cus_1", "order.shipped", MONDAY + timedelta(days=5), order="1")
    plan_new(house, BOOKS, clock)
    (after,) = touches(house, "win_back")
    assert after.id == before.id
    assert after.due_at - before.due_at == timedelta(days=5)


def test_a_follow_up_that_was_overtaken_comes_after_the_next_end_of_its_case(
    house: Database,
) -> None:
    somebody(house)
    about = {"case": "CL-1", "order": "1", "topic": "faulty"}
    happens(house, "cus_1", "case.resolved", **about)
    plan_new(house, BOOKS, FixedClock(MONDAY))
    with house.begin() as session:
        (touch,) = session.scalars(select(Touch).where(Touch.playbook == "case_follow_up"))
        touch.state, touch.why = TouchState.DROPPED, TouchReason.OVERTAKEN
    later = MONDAY + timedelta(days=6)
    happens(house, "cus_1", "case.resolved", later, **about)
    plan_new(house, BOOKS, FixedClock(later))
    (touch,) = touches(house, "case_follow_up")
    assert (touch.state, touch.why, touch.trigger_at) == (TouchState.PLANNED, "", later)
    assert touch.due_at.date() == (later + timedelta(days=3)).date()


def test_repeats_go_on_from_the_first_as_long_as_something_is_delivered(house: Database) -> None:
    somebody(house)
    happens(house, "cus_1", "order.delivered", order="1")
    plan_new(house, BOOKS, FixedClock(MONDAY))
    before = {touch.key: touch.due_at for touch in touches(house, "nps_half_year")}
    later = MONDAY + timedelta(days=400)
    happens(house, "cus_1", "order.delivered", later, order="2")
    plan_new(house, BOOKS, FixedClock(later))
    after = {touch.key: touch.due_at for touch in touches(house, "nps_half_year")}
    assert before.items() < after.items()
    assert all((due - MONDAY).days % 182 == 30 for due in after.values())


def test_a_goal_is_noted_for_what_was_sent_and_for_what_was_held_out(house: Database) -> None:
    somebody(house)
    happens(house, "cus_1", "order.delivered", order="1")
    plan_new(house, BOOKS, FixedClock(MONDAY))
    with house.begin() as session:
        for touch in session.scalars(select(Touch)):
            touch.state = "held_out" if touch.playbook == "how_is_it_going" else "sent"
            touch.sent_at, touch.goal_until = MONDAY, MONDAY + timedelta(days=30)
    happens(house, "cus_1", "order.placed", MONDAY + timedelta(days=3), order="2")
    plan_new(house, BOOKS, FixedClock(MONDAY + timedelta(days=3)))
    for name in ("unboxing_check_in", "how_is_it_going"):
        assert touches(house, name)[0].goal_at == MONDAY + timedelta(days=3)
