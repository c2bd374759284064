"""Look at the touchpoints that are new, and write down the touches that they set off.

One short unit of work for some hundred touchpoints: the touches, what moved, and the mark that
they have been looked at. Cut off in between nothing is marked, and the same touches come again.
Where one customer's events cannot be planned, theirs alone are set aside and tried again later.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from careline.journey.models import Customer, Touch, Touchpoint
from careline.journey.words import TouchReason, TouchState
from careline.kit.clock import Clock
from careline.kit.database import Database
from careline.kit.ids import new_id
from careline.kit.logging import get_logger
from careline.kit.rows import table_of
from careline.kit.zones import zone_of
from careline.touches import outcomes
from careline.touches.planner import (
    NO_ROUNDS,
    Event,
    Move,
    NewTouch,
    OpenTouch,
    Stage,
    plan,
)
from careline.touches.playbook import Playbook

log = get_logger("touches")

AT_ONCE = 500  # touchpoints in one unit of work
AGAIN_AFTER = timedelta(hours=1)  # what could not be planned
_TOUCHES, _TOUCHPOINTS = table_of(Touch), table_of(Touchpoint)
_INSERT = {
    "postgresql": postgresql.insert(_TOUCHES).on_conflict_do_nothing(index_elements=["key"]),
    "sqlite": sqlite.insert(_TOUCHES).on_conflict_do_nothing(index_elements=["key"]),
}
_MOVE = (
    update(_TOUCHES)
    .where(
        _TOUCHES.c.id == bindparam("of"),
        or_(_TOUCHES.c.state == TouchState.PLANNED, _TOUCHES.c.state == TouchState.DROPPED),
    )
    .values(
        {"state": TouchState.PLANNED.value, "why": "", "why_note": ""}
        | {name: bindparam(f"new_{name}") for name in ("due_at", "planned_for", "too_late_at",
         "trigger_at", "trigger", "awaits", "updated_at")}
    )
)  # fmt: skip
_EVENTS = select(
    Touchpoint.id,
    Touchpoint.customer_id,
    Touchpoint.kind,
    Touchpoint.at,
    Touchpoint.actor,
    Touchpoint.about,
)
_MARK = (
    update(_TOUCHPOINTS)
    .where(_TOUCHPOINTS.c.id == bindparam("of"))
    .values(planned_at=bindparam("now"), plan_after=None)
)
_SET_ASIDE = (
    update(_TOUCHPOINTS)
    .where(_TOUCHPOINTS.c.id == bindparam("of"))
    .values(plan_after=bindparam("until"))
)


def plan_new(
    database: Database, playbooks: Mapping[str, Playbook], clock: Clock, at_once: int = AT_ONCE
) -> int:
    """All that is new, batch after batch; how many touchpoints were looked at."""
    total = 0
    while True:
        with database.begin() as session:
            looked_at = plan_batch(session, playbooks, clock.now(), at_once)
        total += looked_at
        if looked_at < at_once:
            return total


def plan_batch(
    session: Session, playbooks: Mapping[str, Playbook], now: datetime, limit: int = AT_ONCE
) -> int:
    """The oldest unplanned touchpoints, as many as `limit`; those another planner has are left."""
    events = _unplanned(session, now, limit)
    if not events:
        return 0
    by_customer: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_customer[event.customer_id].append(event)
    if _failure_of(session, playbooks, now, by_customer) is not None:
        _plan_each(session, playbooks, now, by_customer)
    return len(events)


def _plan_each(
    session: Session,
    playbooks: Mapping[str, Playbook],
    now: datetime,
    by_customer: Mapping[str, Sequence[Event]],
) -> None:
    for customer_id, theirs in by_customer.items():
        error = _failure_of(session, playbooks, now, {customer_id: theirs})
        if error is None:
            continue
        ids = [event.id for event in theirs]
        log.error("planning.fault", customer=customer_id, touchpoints=ids[:10], exc_info=error)
        until = now + AGAIN_AFTER
        session.connection().execute(_SET_ASIDE, [{"of": one, "until": until} for one in ids])


def _failure_of(
    session: Session,
    playbooks: Mapping[str, Playbook],
    now: datetime,
    by_customer: Mapping[str, Sequence[Event]],
) -> Exception | None:
    """Plan for these customers, all or none; what stood in the way is the answer."""
    try:
        with session.begin_nested():
            _plan(session, playbooks, now, by_customer)
    except OperationalError:
        raise  # the database, not these events
    except Exception as error:  # noqa: BLE001 - whatever it is, others must not wait for it
        return error
    return None


def _plan(
    session: Session,
    playbooks: Mapping[str, Playbook],
    now: datetime,
    by_customer: Mapping[str, Sequence[Event]],
) -> None:
    events = [event for theirs in by_customer.values() for event in theirs]
    people = _people(session, by_customer)
    waiting = _open_touches(session, by_customer, playbooks)
    earlier = _awaited_before(session, by_customer, playbooks)
    rounds = _first_rounds(session, by_customer, playbooks)
    new: list[NewTouch] = []
    moved: list[Move] = []
    for customer_id, theirs in by_customer.items():
        zone, stage = people[customer_id]
        planned = plan(
            playbooks,
            theirs,
            zone_of(zone),
            waiting.get(customer_id, ()),
            now,
            stage=stage,
            earlier=earlier.get(customer_id, ()),
            first_rounds=rounds.get(customer_id, NO_ROUNDS),
        )
        new += planned.new
        moved += planned.moved
    _write(session, now, new, moved)
    outcomes.note(session, events, playbooks)
    session.connection().execute(_MARK, [{"of": event.id, "now": now} for event in events])


def to_be_planned(now: datetime) -> ColumnElement[bool]:
    return and_(
        Touchpoint.planned_at.is_(None),
        or_(Touchpoint.plan_after.is_(None), Touchpoint.plan_after <= now),
    )


def set_aside(session: Session) -> dict[str, int]:
    """Customers whose events could not be planned yet, and how many of them."""
    rows = session.execute(
        select(Touchpoint.customer_id, func.count())
        .where(Touchpoint.planned_at.is_(None), Touchpoint.plan_after.is_not(None))
        .group_by(Touchpoint.customer_id)
        .order_by(Touchpoint.customer_id)
    )
    return {customer_id: count for customer_id, count in rows}


def _unplanned(session: Session, now: datetime, limit: int) -> list[Event]:
    rows = session.execute(
        _EVENTS.where(to_be_planned(now))
        .order_by(Touchpoint.created_at, Touchpoint.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Event(*row) for row in rows]


def _people(session: Session, ids: Iterable[str]) -> dict[str, tuple[str, Stage | None]]:
    """Zone and stage; held until the end, so that two planners never plan for one customer."""
    rows = session.execute(
        select(Customer.id, Customer.time_zone, Customer.stage, Customer.stage_since)
        .where(Customer.id.in_(list(ids)))
        .order_by(Customer.id)
        .with_for_update()
    )
    return {
        customer_id: (zone, Stage(stage, since) if since is not None else None)
        for customer_id, zone, stage, since in rows
    }


def _open_touches(
    session: Session, ids: Iterable[str], playbooks: Mapping[str, Playbook]
) -> dict[str, list[OpenTouch]]:
    """Those that new events may move, also what was overtaken and may come true again."""
    movable = [
        name
        for name, book in playbooks.items()
        if book.when.silence or book.wait.until or book.at_most.per == "case"
    ]
    found: dict[str, list[OpenTouch]] = defaultdict(list)
    if not movable:
        return found
    rows = session.execute(
        select(
            Touch.id,
            Touch.customer_id,
            Touch.playbook,
            Touch.subject,
            Touch.awaits,
            Touch.trigger_at,
            Touch.about,
            Touch.state == TouchState.DROPPED,
        ).where(
            Touch.customer_id.in_(list(ids)),
            or_(
                Touch.state == TouchState.PLANNED,
                and_(Touch.state == TouchState.DROPPED, Touch.why == TouchReason.OVERTAKEN),
            ),
            Touch.playbook.in_(movable),
        )
    )
    for row in rows:
        found[row.customer_id].append(OpenTouch(*row))
    return found


def _awaited_before(
    session: Session, by_customer: Mapping[str, Sequence[Event]], playbooks: Mapping[str, Playbook]
) -> dict[str, list[Event]]:
    """Events that a playbook waits for and that came before what sets it off."""
    sets_off = {b.when.event for b in playbooks.values() if b.wait.until}
    kinds = {b.wait.until for b in playbooks.values() if b.wait.until}
    ids = [c for c, events in by_customer.items() if any(e.kind in sets_off for e in events)]
    found: dict[str, list[Event]] = defaultdict(list)
    if not ids:
        return found
    rows = session.execute(
        _EVENTS.where(Touchpoint.customer_id.in_(ids), Touchpoint.kind.in_(kinds))
    )
    for row in rows:
        found[row.customer_id].append(Event(*row))
    return found


def _first_rounds(
    session: Session, by_customer: Mapping[str, Sequence[Event]], playbooks: Mapping[str, Playbook]
) -> dict[str, dict[str, datetime]]:
    """Since when what repeats does so, for customers with an event that carries it on."""
    repeating = {name: b.when.event for name, b in playbooks.items() if b.when.every}
    kinds = set(repeating.values())
    ids = [c for c, events in by_customer.items() if any(e.kind in kinds for e in events)]
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    if not ids:
        return found
    rows = session.execute(
        select(Touch.customer_id, Touch.playbook, func.min(Touch.trigger_at))
        .where(Touch.customer_id.in_(ids), Touch.playbook.in_(repeating))
        .group_by(Touch.customer_id, Touch.playbook)
    )
    for customer_id, playbook, since in rows:
        found[customer_id][playbook] = since
    return found


def _write(session: Session, now: datetime, new: Sequence[NewTouch], moved: Sequence[Move]) -> None:
    connection = session.connection()
    if new:
        connection.execute(_INSERT[connection.dialect.name], [_row(touch, now) for touch in new])
    if moved:
        connection.execute(
            _MOVE,
            [
                {
                    "of": move.touch_id,
                    "new_due_at": move.due_at,
                    "new_planned_for": move.due_at,
                    "new_too_late_at": move.too_late_at,
                    "new_trigger_at": move.trigger_at,
                    "new_trigger": move.trigger,
                    "new_awaits": move.awaits,
                    "new_updated_at": now,
                }
                for move in moved
            ],
        )


def _row(touch: NewTouch, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id("tch"),
        "key": touch.key,
        "customer_id": touch.customer_id,
        "playbook": touch.playbook,
        "step": "say",
        "trigger": touch.trigger,
        "trigger_at": touch.trigger_at,
        "about": dict(touch.about),
        "subject": touch.subject,
        "awaits": touch.awaits,
        "due_at": touch.due_at,
        "planned_for": touch.due_at,
        "too_late_at": touch.too_late_at,
        "state": TouchState.PLANNED.value,
        "why": "",
        "why_note": "",
        "holds": 0,
        "tries": 0,
        "cost": 0,
        "created_at": now,
        "updated_at": now,
    }
