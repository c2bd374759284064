"""Append to the journey: what happened, to whom, when; then derive the stage again.

Touchpoints are never changed or removed, save when a whole customer is erased. The same
(source, source_id) again is the same touchpoint: the first one is given back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, exists, false, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from careline.journey.models import Customer, Touchpoint
from careline.journey.stage_spans import BEGINNING, keep, lock, set_back
from careline.journey.stages import StageEvent, StageHistory, derive
from careline.journey.words import Actor, Channel, Emotion, Stage
from careline.kit.errors import Conflict, Invalid, NotFound
from careline.kit.ids import new_id
from careline.kit.rows import table_of, written_now

SUMMARY_LIMIT = 500

# Statements that turns need, made once: building one costs more than running it.
_SAME_EVENT = (
    Touchpoint.source == bindparam("source"),
    Touchpoint.source_id == bindparam("source_id"),
)
_FIND = select(Touchpoint).where(*_SAME_EVENT)
_BEFORE_APPENDING = select(
    exists().where(Customer.id == bindparam("customer")), exists().where(*_SAME_EVENT)
)
_STAGE_EVENTS = select(
    # In the order of StageEvent's fields, and with the JSON taken apart by the database:
    # a customer may have ten thousand.
    Touchpoint.id,
    Touchpoint.at,
    Touchpoint.kind,
    Touchpoint.stage,
    Touchpoint.actor,
    Touchpoint.emotion,
    Touchpoint.order_number,
    Touchpoint.about["case"].as_string(),
    func.coalesce(Touchpoint.about["partial"].as_boolean(), false()),
    Touchpoint.source + ":" + Touchpoint.source_id,
).where(Touchpoint.customer_id == bindparam("customer"))
_TOUCHPOINTS = table_of(Touchpoint)
_INSERT_NEW = {
    "postgresql": postgresql.insert(_TOUCHPOINTS).on_conflict_do_nothing(
        index_elements=["source", "source_id"]
    ),
    "sqlite": sqlite.insert(_TOUCHPOINTS).on_conflict_do_nothing(
        index_elements=["source", "source_id"]
    ),
}
_INSERT_AND_TELL = {
    dialect: insert.returning(_TOUCHPOINTS.c.source, _TOUCHPOINTS.c.source_id)
    for dialect, insert in _INSERT_NEW.items()
}


@dataclass(frozen=True)
class Appended:
    touchpoint: Touchpoint
    repeated: bool  # it was in the record before


def record(
    session: Session,
    now: datetime,
    *,
    customer_id: str,
    kind: str,
    stage: str,
    actor: str,
    channel: str,
    summary: str,
    at: datetime | None = None,
    conversation_id: str | None = None,
    emotion: str | None = None,
    effort: int | None = None,
    about: dict[str, Any] | None = None,
    source: str = "careline",
    source_id: str,
) -> Touchpoint:
    """Write one touchpoint and bring the customer's stage up to date.

    `at` is when it happened (default: now); a late one takes its place in the history.
    Raises NotFound for an unknown customer, Invalid for a word that the record does not have.
    """
    appended = _append(
        session,
        now,
        customer_id=customer_id,
        kind=kind,
        stage=stage,
        actor=actor,
        channel=channel,
        summary=summary,
        at=at,
        conversation_id=conversation_id,
        emotion=emotion,
        effort=effort,
        about=about,
        source=source,
        source_id=source_id,
    )
    if not appended.repeated:
        restage(session, now, customer_id, since=appended.touchpoint.at)
    return appended.touchpoint


def append(session: Session, now: datetime, **values: Any) -> Appended:
    """As `record`, without deriving the stage: for many at once, followed by one `restage`."""
    appended = _append(session, now, **values)
    if not appended.repeated:
        set_back(session, [(appended.touchpoint.customer_id, appended.touchpoint.at)])
    return appended


def _append(
    session: Session,
    now: datetime,
    *,
    customer_id: str,
    kind: str,
    stage: str,
    actor: str,
    channel: str,
    summary: str,
    at: datetime | None = None,
    conversation_id: str | None = None,
    emotion: str | None = None,
    effort: int | None = None,
    about: dict[str, Any] | None = None,
    source: str = "careline",
    source_id: str,
) -> Appended:
    wanted = {"customer": customer_id, "source": source, "source_id": source_id}
    session.flush()  # plain statements from here on
    is_customer, is_known = session.connection().execute(_BEFORE_APPENDING, wanted).one()
    if is_known:
        return _known(session, source, source_id, customer_id, conversation_id)
    if not is_customer:
        raise NotFound(f"There is no customer {customer_id}.", field="customer")
    values = row(
        now,
        customer_id=customer_id,
        kind=kind,
        stage=stage,
        actor=actor,
        channel=channel,
        summary=summary,
        at=at,
        conversation_id=conversation_id,
        emotion=emotion,
        effort=effort,
        about=about,
        source=source,
        source_id=source_id,
    )
    written = session.connection().execute(_insert_new(session), values)
    if not written.rowcount:  # another process wrote the same event after our look
        return _known(session, source, source_id, customer_id, conversation_id)
    return Appended(written_now(session, Touchpoint, values), repeated=False)


def append_many(session: Session, rows: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    """Write rows made by `row` at once; gives (source, source_id) of those that were new.

    A thousand one by one would hold the record's write lock for seconds. Follow with
    `restage` for each customer.
    """
    if not rows:
        return set()
    connection = session.connection()
    written = connection.execute(_INSERT_AND_TELL[connection.dialect.name], list(rows))
    new = {(source, source_id) for source, source_id in written}
    fresh = [each for each in rows if (each["source"], each["source_id"]) in new]
    set_back(session, [(each["customer_id"], each["at"]) for each in fresh])
    return new


def append_new(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """As `append_many`, of what the caller knows to be new: the database is asked for no answer,
    which would cost as much as the writing."""
    if rows:
        session.connection().execute(_insert_new(session), list(rows))
        set_back(session, [(each["customer_id"], each["at"]) for each in rows])


def row(
    now: datetime,
    *,
    customer_id: str,
    kind: str,
    stage: str,
    actor: str,
    channel: str,
    summary: str,
    at: datetime | None = None,
    conversation_id: str | None = None,
    emotion: str | None = None,
    effort: int | None = None,
    about: dict[str, Any] | None = None,
    source: str = "careline",
    source_id: str,
) -> dict[str, Any]:
    """The columns of one touchpoint; raises Invalid for a word that the record does not have."""
    return {
        "id": new_id("tpt"),
        "customer_id": customer_id,
        "conversation_id": conversation_id,
        "at": at or now,
        "stage": _word(Stage, stage, "stage"),
        "channel": _word(Channel, channel, "channel"),
        "kind": str(kind),
        "actor": _word(Actor, actor, "actor"),
        "emotion": _word(Emotion, emotion, "emotion") if emotion else None,
        "effort": effort,
        "summary": one_line(summary),
        "about": about or {},
        "order_number": _order_number(about),
        "source": source,
        "source_id": source_id,
        "created_at": now,
        "updated_at": now,
    }


def find(session: Session, source: str, source_id: str) -> Touchpoint | None:
    return session.scalar(_FIND, {"source": source, "source_id": source_id})


def restage(
    session: Session, now: datetime, customer_id: str, *, since: datetime | None = None
) -> StageHistory:
    """Derive the stage from the whole journey and keep it with the customer.

    `since`: when the earliest thing happened that is new and not told of (`set_back`).
    """
    session.flush()  # plain statements from here on
    kept = lock(session, customer_id)
    history = derive(stage_events(session, customer_id), now)
    keep(session, now, customer_id, kept, history, since or now)
    return history


def stage_events(session: Session, customer_id: str) -> list[StageEvent]:
    """What the stage rules need of this customer's touchpoints, and no more."""
    rows = session.connection().execute(_STAGE_EVENTS, {"customer": customer_id})
    return [StageEvent._make(row) for row in rows]


def move(session: Session, now: datetime, *, conversation_id: str, customer_id: str) -> int:
    """Give a conversation's touchpoints to the customer that its visitor turned out to be."""
    former = set(
        session.scalars(
            select(Touchpoint.customer_id).where(Touchpoint.conversation_id == conversation_id)
        )
    )
    moved = session.execute(
        update(Touchpoint)
        .where(Touchpoint.conversation_id == conversation_id)
        .where(Touchpoint.customer_id != customer_id)
        .values(customer_id=customer_id, updated_at=now)
    )
    for customer in former | {customer_id}:
        restage(session, now, customer, since=BEGINNING)
    return int(getattr(moved, "rowcount", 0))


def one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY_LIMIT else line[: SUMMARY_LIMIT - 1] + "…"


def _insert_new(session: Session) -> Any:
    return _INSERT_NEW[session.get_bind().dialect.name]


def _known(
    session: Session, source: str, source_id: str, customer_id: str, conversation_id: str | None
) -> Appended:
    known = session.scalars(_FIND, {"source": source, "source_id": source_id}).one()
    return Appended(_same(known, customer_id, conversation_id), repeated=True)


def _same(known: Touchpoint, customer_id: str, conversation_id: str | None) -> Touchpoint:
    # A conversation's touchpoints move when its visitor turns out to be a known customer.
    moved = conversation_id is not None and known.conversation_id == conversation_id
    if known.customer_id != customer_id and not moved:
        raise Conflict(
            f"The event {known.source_id} of {known.source} is another customer's already; "
            "give each event an id of its own.",
            field="source_id",
        )
    return known


def _order_number(about: dict[str, Any] | None) -> str | None:
    order = (about or {}).get("order")
    return str(order)[:40] if order else None


def _word(words: type[StrEnum], value: str, field: str) -> str:
    allowed: Iterable[str] = [word.value for word in words]
    if value not in allowed:
        raise Invalid(f"{field} must be one of {', '.join(allowed)}.", field=field)
    return str(value)
