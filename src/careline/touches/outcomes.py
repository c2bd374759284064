"""What came of a touch: each outcome is noted once, the first time.

That it was read or answered is noted where that happens, in conversation.unasked.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from careline.journey.models import Email, Touch
from careline.journey.words import Delivery, TouchReason, TouchState
from careline.kit.rows import table_of
from careline.touches.playbook import Playbook

# Goals, in both arms alike: a touch that the channel lost in the end is watched as well, for
# among those held out there are some whom it would not have reached either.
WATCHED = tuple(
    state.value
    for state in (TouchState.SENT, TouchState.UNKNOWN, TouchState.FAILED, TouchState.HELD_OUT)
)
_SWEPT_AT_ONCE = 200


class Event(Protocol):
    """Of a touchpoint, what a goal goes by."""

    @property
    def customer_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...


def note(session: Session, events: Sequence[Event], playbooks: Mapping[str, Playbook]) -> int:
    """Note the goals that these events reach, for sent and held-out touches; how many."""
    wanted: dict[str, list[str]] = {}
    for name, playbook in playbooks.items():
        if playbook.goal is not None:
            wanted.setdefault(playbook.goal.event, []).append(name)
    reached = sorted((e for e in events if e.kind in wanted), key=lambda e: e.at)
    if not reached:
        return 0
    rows = session.execute(
        select(Touch.id, Touch.customer_id, Touch.playbook, Touch.sent_at, Touch.goal_until).where(
            Touch.customer_id.in_({event.customer_id for event in reached}),
            Touch.state.in_(WATCHED),
            Touch.playbook.in_([name for names in wanted.values() for name in names]),
            Touch.goal_at.is_(None),
            Touch.sent_at.is_not(None),
            Touch.goal_until >= reached[0].at,
        )
    ).all()
    marks = []
    for touch_id, customer_id, playbook_name, sent_at, until in rows:
        at = _first(reached, customer_id, playbooks[playbook_name], sent_at, until)
        if at is not None:
            marks.append({"of": touch_id, "at": at})
    _mark(session, "goal_at", marks)
    return len(marks)


def _first(
    events: Iterable[Event],
    customer_id: str,
    playbook: Playbook,
    sent_at: datetime | None,
    until: datetime | None,
) -> datetime | None:
    goal = playbook.goal
    if goal is None or sent_at is None or until is None:
        return None
    for event in events:
        if event.customer_id != customer_id or event.kind != goal.event:
            continue
        if sent_at < event.at <= until:
            return event.at
    return None


def note_email(
    session: Session, now: datetime, touch_id: str, delivery: Delivery, why: str = ""
) -> None:
    """What the outbox found out of the e-mail that carries the touch."""
    values: dict[str, Any] = {"updated_at": now}
    if delivery is Delivery.SENT:
        values |= {"delivered_at": now, "state": TouchState.SENT.value}
    elif delivery is Delivery.FAILED:
        values |= {
            "failed_at": now,
            "state": TouchState.FAILED.value,
            "why": TouchReason.CHANNEL_REFUSED.value,
            "why_note": why[:300],
        }
    elif delivery is Delivery.UNKNOWN:
        values |= {"state": TouchState.UNKNOWN.value, "why_note": why[:300]}
    else:
        return
    session.execute(
        update(Touch)
        .where(Touch.id == touch_id, Touch.delivered_at.is_(None), Touch.failed_at.is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def note_came_back(session: Session, now: datetime, touch_id: str, why: str) -> None:
    """A mail server took it, and another sent it back: it was not delivered after all."""
    session.execute(
        update(Touch)
        .where(Touch.id == touch_id, Touch.state.in_([TouchState.SENT, TouchState.UNKNOWN]))
        .values(
            state=TouchState.FAILED.value,
            failed_at=now,
            delivered_at=None,
            why=TouchReason.CHANNEL_REFUSED.value,
            why_note=why[:300],
            updated_at=now,
        )
        .execution_options(synchronize_session=False)
    )


def note_cut_off(session: Session, now: datetime, before: datetime) -> int:
    """Touches whose e-mail was cut off while it was handed over, and stayed `unknown` since."""
    cut_off = session.execute(
        select(Touch.id)
        .join(Email, Email.touch_id == Touch.id)
        .where(
            Email.delivery == Delivery.UNKNOWN,
            Email.updated_at < before,
            Touch.state == TouchState.SENT,
            Touch.delivered_at.is_(None),
        )
        .limit(_SWEPT_AT_ONCE)
    ).scalars()
    ids = list(cut_off)
    for touch_id in ids:
        note_email(session, now, touch_id, Delivery.UNKNOWN, "cut off while it was handed over")
    return len(ids)


def note_caused_case(session: Session, touch_id: str, case_id: str) -> None:
    """Their answer to it opened this case."""
    _once(session, touch_id, "caused_case_id", case_id)


def _once(session: Session, touch_id: str, name: str, value: Any) -> None:
    column = table_of(Touch).c[name]
    session.execute(
        update(Touch)
        .where(Touch.id == touch_id, column.is_(None))
        .values({name: value})
        .execution_options(synchronize_session=False)
    )


def _mark(session: Session, name: str, marks: list[dict[str, Any]]) -> None:
    if not marks:
        return
    table = table_of(Touch)
    session.connection().execute(
        update(table)
        .where(table.c.id == bindparam("of"), table.c[name].is_(None))
        .values({name: bindparam("at")}),
        marks,
    )
