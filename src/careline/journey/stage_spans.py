"""Keep the derived stages with the customer, so that a look need not derive ten thousand events.

What is kept is only ever what `stages.derive` gave: it holds up to a moment (stage_holds_until),
which a late touchpoint sets back and time passes; from there it is derived and written again.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from careline.journey.models import Customer, KeptSpan
from careline.journey.stages import StageHistory, StageSpan
from careline.journey.words import Stage
from careline.kit.errors import NotFound
from careline.kit.rows import put_by_id, table_of

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)
_SPANS = table_of(KeptSpan)
_COLUMNS = (_SPANS.c.stage, _SPANS.c.since, _SPANS.c.until, _SPANS.c.rule, _SPANS.c.events)
_OF = _SPANS.c.customer_id == bindparam("customer")
# Statements of every touchpoint and every look, made once.
_FROM_NUMBER = (
    select(*_COLUMNS).where(_OF, _SPANS.c.number >= bindparam("start")).order_by(_SPANS.c.number)
)
_CUT = delete(_SPANS).where(_OF, _SPANS.c.number >= bindparam("start"))
_LATEST = select(*_COLUMNS).where(_OF).order_by(_SPANS.c.number.desc()).limit(1)
_SET_BACK = (
    update(table_of(Customer))
    .where(table_of(Customer).c.id == bindparam("customer"))
    .where(table_of(Customer).c.stage_holds_until > bindparam("moment"))
    .values(stage_holds_until=bindparam("moment"))
)

_KEPT_LOCKED = (
    select(Customer.stage, Customer.stage_rule, Customer.stage_since, Customer.stage_holds_until)
    .where(Customer.id == bindparam("customer"))
    .with_for_update()
)


def set_back(session: Session, moments: Iterable[tuple[str, datetime]]) -> None:
    """Touchpoints were written, of these customers, at these times: what is kept ends there."""
    earliest: dict[str, datetime] = {}
    for customer_id, at in moments:
        earliest[customer_id] = min(at, earliest.get(customer_id, at))
    rows = [{"customer": one, "moment": earliest[one]} for one in sorted(earliest)]
    if rows:
        session.connection().execute(_SET_BACK, rows)


class Kept(NamedTuple):
    """What is kept with the customer."""

    stage: str | None
    rule: str | None
    since: datetime | None
    holds_until: datetime | None


def lock(session: Session, customer_id: str) -> Kept:
    """What is kept, held against other writers: each would derive without the other's event."""
    row = session.connection().execute(_KEPT_LOCKED, {"customer": customer_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no customer {customer_id}.", field="customer")
    return Kept._make(row)


def keep(
    session: Session,
    now: datetime,
    customer_id: str,
    kept: Kept,
    history: StageHistory,
    since: datetime,
) -> None:
    """Write what differs. `since`: when the earliest thing happened that is new in `history`."""
    held = kept.holds_until
    _keep_spans(session, customer_id, history.spans, min(since, held) if held else None)
    until = history.holds_until or ALWAYS
    if kept[:3] != (history.stage, history.rule, history.since):
        put_by_id(
            session,
            Customer,
            customer_id,
            stage=history.stage.value,
            stage_rule=history.rule,
            stage_since=history.since,
            stage_holds_until=until,
            updated_at=now,
        )
    # An earlier moment than need be is left: it costs one derivation then, and no write now.
    elif held is None or not now < held <= until:
        put_by_id(session, Customer, customer_id, stage_holds_until=until)


def latest(session: Session, customer_id: str) -> StageSpan | None:
    row = session.connection().execute(_LATEST, {"customer": customer_id}).one_or_none()
    return _span(row) if row is not None else None


def between(
    session: Session, customer_id: str, oldest: datetime | None, newest: datetime | None
) -> tuple[StageSpan, ...]:
    """The spans that these moments and those between them lie in; None: without an end."""
    wanted = select(*_COLUMNS).where(_SPANS.c.customer_id == customer_id)
    if oldest is not None:
        begins = select(func.max(_SPANS.c.since)).where(
            _SPANS.c.customer_id == customer_id, _SPANS.c.since <= oldest
        )
        first = begins.scalar_subquery()
        wanted = wanted.where(or_(first.is_(None), _SPANS.c.since >= first))
    if newest is not None:
        wanted = wanted.where(_SPANS.c.since <= newest)
    return tuple(_span(row) for row in session.connection().execute(wanted.order_by("number")))


def those_between(
    spans: Sequence[StageSpan], oldest: datetime | None, newest: datetime | None
) -> tuple[StageSpan, ...]:
    """The same of spans at hand."""
    first = max((s.since for s in spans if oldest is not None and s.since <= oldest), default=None)
    return tuple(
        span
        for span in spans
        if (first is None or span.since >= first) and (newest is None or span.since <= newest)
    )


def _keep_spans(
    session: Session, customer_id: str, spans: Sequence[StageSpan], since: datetime | None
) -> None:
    # Spans that begin before `since` are as they were, save where the last of them ends.
    before = sum(span.since < since for span in spans) if since is not None else 0
    start = max(before - 1, 0)
    connection = session.connection()
    given = {"customer": customer_id, "start": start}
    kept = [_span(row) for row in connection.execute(_FROM_NUMBER, given)]
    wanted = list(spans[start:])
    if kept == wanted:
        return
    connection.execute(_CUT, given)
    rows = [
        {
            "customer_id": customer_id,
            "number": number,
            "stage": span.stage.value,
            "since": span.since,
            "until": span.until,
            "rule": span.rule,
            "events": list(span.events),
        }
        for number, span in enumerate(wanted, start)
    ]
    if rows:
        connection.execute(insert(_SPANS), rows)


def _span(row: Sequence[object]) -> StageSpan:
    stage, since, until, rule, events = row
    return StageSpan(Stage(stage), since, until, rule, tuple(events))  # type: ignore[arg-type]
